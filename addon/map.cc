#include "map.h"

#include <bpf/bpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "args.h"
#include "attach.h"
#include "task.h"

namespace {

bool IsPerCpu(uint32_t type) {
  return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
         type == BPF_MAP_TYPE_LRU_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

uint32_t ReplyBytes(uint32_t type, uint32_t value_size) {
  if (!IsPerCpu(type)) return value_size;
  int cpus = libbpf_num_possible_cpus();
  return ((value_size + 7) & ~7u) * static_cast<uint32_t>(cpus < 1 ? 1 : cpus);
}

Napi::Value TakeBytes(Napi::Env env, std::vector<uint8_t>&& bytes) {
  if (bytes.empty()) return Napi::Buffer<uint8_t>::New(env, 0);
  auto* keep = new std::vector<uint8_t>(std::move(bytes));
  auto buffer = Napi::Buffer<uint8_t>::New(
      env, keep->data(), keep->size(), [](Napi::Env, uint8_t*, std::vector<uint8_t>* kept) { delete kept; }, keep);
  if (buffer.IsEmpty()) delete keep;  // the worker is being terminated: no finalizer will come
  return buffer;
}

Napi::Value ContentsOf(Napi::Env env, MapContents&& contents) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("count", contents.count);
  result.Set("keys", TakeBytes(env, std::move(contents.keys)));
  result.Set("values", TakeBytes(env, std::move(contents.values)));
  return result;
}

// A pinned file may be a map or a program, and both answer BPF_OBJ_GET_INFO_BY_FD. The name behind the descriptor says
// which it is.
bool IsMap(int fd) {
  char target[64] = {0};
  std::string link = "/proc/self/fd/" + std::to_string(fd);
  return readlink(link.c_str(), target, sizeof(target) - 1) > 0 && strstr(target, "bpf-map") != nullptr;
}

bool IsUnsupported(int error) { return error == -524 || error == -EOPNOTSUPP; }  // ENOTSUPP is the kernel's own

}  // namespace

void MapHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&MapHandle::Name>("name"),
                    InstanceAccessor<&MapHandle::Type>("type"),
                    InstanceAccessor<&MapHandle::KeySize>("keySize"),
                    InstanceAccessor<&MapHandle::ValueSize>("valueSize"),
                    InstanceAccessor<&MapHandle::ValueBytes>("valueBytes"),
                    InstanceAccessor<&MapHandle::PerCpu>("perCpu"),
                    InstanceAccessor<&MapHandle::MaxEntries>("maxEntries"),
                    InstanceAccessor<&MapHandle::Flags>("flags"),
                    InstanceAccessor<&MapHandle::Fd>("fd"),
                    InstanceAccessor<&MapHandle::Internal>("internal"),
                    InstanceMethod<&MapHandle::SetMaxEntries>("setMaxEntries"),
                    InstanceMethod<&MapHandle::Id>("id"),
                    InstanceMethod<&MapHandle::Lookup>("lookup"),
                    InstanceMethod<&MapHandle::Update>("update"),
                    InstanceMethod<&MapHandle::Delete>("delete"),
                    InstanceMethod<&MapHandle::NextKey>("nextKey"),
                    InstanceMethod<&MapHandle::LookupAndDelete>("lookupAndDelete"),
                    InstanceMethod<&MapHandle::ReadAll>("readAll"),
                    InstanceMethod<&MapHandle::ReadAllAsync>("readAllAsync"),
                    InstanceMethod<&MapHandle::TakeAll>("takeAll"),
                    InstanceMethod<&MapHandle::TakeAllAsync>("takeAllAsync"),
                    InstanceMethod<&MapHandle::DeleteAll>("deleteAll"),
                    InstanceMethod<&MapHandle::ZeroAll>("zeroAll"),
                    InstanceMethod<&MapHandle::Freeze>("freeze"),
                    InstanceMethod<&MapHandle::Pin>("pin"),
                    InstanceMethod<&MapHandle::Close>("close"),
                });
}

Napi::Value MapHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Object options = read.Object(info[0], "options");
  std::string name = read.StringOr(read.Field(options, "name"), "name", "");
  auto type = static_cast<bpf_map_type>(read.U32(read.Field(options, "type"), "type"));
  uint32_t key_size = read.U32(read.Field(options, "keySize"), "keySize");
  uint32_t value_size = read.U32(read.Field(options, "valueSize"), "valueSize");
  uint32_t max_entries = read.U32(read.Field(options, "maxEntries"), "maxEntries");
  LIBBPF_OPTS(bpf_map_create_opts, create);
  create.map_flags = read.U32Or(read.Field(options, "flags"), "flags", 0);
  if (!read.ok()) return env.Undefined();
  int fd = bpf_map_create(type, name.empty() ? nullptr : name.c_str(), key_size, value_size, max_entries, &create);
  if (fd < 0) return ThrowErrno(env, "bpf_map_create", -fd, name);
  return New(env, {nullptr, nullptr, UniqueFd(fd)});
}

Napi::Value MapHandle::OpenExisting(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Object where = read.Object(info[0], "where");
  Napi::Value id = read.Field(where, "id");
  if (args::Reader::Missing(id)) {
    std::string path = read.String(read.Field(where, "path"), "path");
    if (!read.ok()) return env.Undefined();
    UniqueFd fd(bpf_obj_get(path.c_str()));
    if (!fd.valid()) return ThrowErrno(env, "bpf_obj_get", errno, path);
    if (!IsMap(fd.get())) return Throw(env, "ERR_ARG", path + " is not a map");
    return New(env, {nullptr, nullptr, std::move(fd)});
  }
  uint32_t number = read.U32(id, "id");
  if (!read.ok()) return env.Undefined();
  int fd = bpf_map_get_fd_by_id(number);
  if (fd < 0) return ThrowErrno(env, "bpf_map_get_fd_by_id", -fd, "map " + std::to_string(number));
  return New(env, {nullptr, nullptr, UniqueFd(fd)});
}

MapHandle::MapHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  core_ = std::move(init_->core);
  map_ = init_->map;
  own_fd_ = std::move(init_->fd);
  if (map_ != nullptr) {
    name_ = bpf_map__name(map_);
    type_ = bpf_map__type(map_);
    key_size_ = bpf_map__key_size(map_);
    value_size_ = bpf_map__value_size(map_);
    max_entries_ = bpf_map__max_entries(map_);
    flags_ = bpf_map__map_flags(map_);
    internal_ = bpf_map__is_internal(map_);
    return;
  }
  bpf_map_info data{};
  uint32_t size = sizeof(data);
  int error = bpf_obj_get_info_by_fd(own_fd_.get(), &data, &size);
  if (error != 0) {
    own_fd_.reset();
    ThrowErrno(info.Env(), "bpf_obj_get_info_by_fd", -error, "map");
    return;
  }
  name_ = data.name;
  type_ = data.type;
  key_size_ = data.key_size;
  value_size_ = data.value_size;
  max_entries_ = data.max_entries;
  flags_ = data.map_flags;
}

bool MapHandle::Closed() const { return core_ != nullptr ? core_->closed() : !own_fd_.valid(); }

int MapHandle::FdOrMinusOne() const {
  if (Closed()) return -1;
  if (core_ == nullptr) return own_fd_.get();
  int fd = core_->loaded ? bpf_map__fd(map_) : -1;
  return fd < 0 ? -1 : fd;
}

bool MapHandle::Ready(Napi::Env env, MapShape* shape) {
  if (core_ != nullptr && !core_->Usable(env)) return false;
  if (Closed()) {
    Throw(env, "ERR_CLOSED", "map " + name_ + " is closed");
    return false;
  }
  shape->fd = FdOrMinusOne();
  if (shape->fd < 0) {
    Throw(env, "ERR_ARG", "map " + name_ + " is not created yet: load its object first");
    return false;
  }
  if (core_ != nullptr) max_entries_ = bpf_map__max_entries(map_);  // libbpf rounds ring buffers up
  shape->type = type_;
  shape->key_size = key_size_;
  shape->value_bytes = ReplyBytes(type_, value_size_);
  shape->max_entries = max_entries_;
  shape->name = name_;
  return true;
}

Napi::Value MapHandle::Name(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), name_); }
Napi::Value MapHandle::Type(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), type_); }
Napi::Value MapHandle::KeySize(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), key_size_); }
Napi::Value MapHandle::ValueSize(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), value_size_); }
Napi::Value MapHandle::ValueBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ReplyBytes(type_, value_size_));
}
Napi::Value MapHandle::PerCpu(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), IsPerCpu(type_));
}
Napi::Value MapHandle::MaxEntries(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  if (core_ != nullptr && !core_->closed()) max_entries_ = bpf_map__max_entries(map_);
  return Napi::Number::New(info.Env(), max_entries_);
}
Napi::Value MapHandle::Flags(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), flags_); }
Napi::Value MapHandle::Fd(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), FdOrMinusOne());
}
Napi::Value MapHandle::Internal(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), internal_); }

Napi::Value MapHandle::SetMaxEntries(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto max_entries = static_cast<uint32_t>(read.Integer(info[0], "maxEntries", 1, UINT32_MAX));
  if (!read.ok()) return env.Undefined();
  if (core_ != nullptr && !core_->Usable(env)) return env.Undefined();
  if (core_ == nullptr || core_->loaded) return Throw(env, "ERR_ARG", "map " + name_ + " is created already");
  int error = bpf_map__set_max_entries(map_, max_entries);
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_map__set_max_entries", -error, name_);
}

Napi::Value MapHandle::Id(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  bpf_map_info data{};
  uint32_t size = sizeof(data);
  int error = bpf_obj_get_info_by_fd(map.fd, &data, &size);
  return error == 0 ? Napi::Number::New(env, data.id) : ThrowErrno(env, "bpf_obj_get_info_by_fd", -error, name_);
}

// lookup(key): Buffer | undefined. A missing key is an answer, not an error.
Napi::Value MapHandle::Lookup(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  args::Reader read(env);
  const uint8_t* key = read.Bytes(info[0], "key", map.key_size);
  if (key == nullptr) return env.Undefined();
  auto reply = Napi::Buffer<uint8_t>::New(env, map.value_bytes);
  if (reply.IsEmpty()) return env.Undefined();
  int error = bpf_map_lookup_elem(map.fd, key, reply.Data());
  if (error == -ENOENT) return env.Undefined();
  return error == 0 ? reply : ThrowErrno(env, "bpf_map_lookup_elem", -error, name_);
}

Napi::Value MapHandle::Update(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  args::Reader read(env);
  const uint8_t* key = read.Bytes(info[0], "key", map.key_size);
  const uint8_t* value = read.Bytes(info[1], "value", map.value_bytes);
  uint32_t flags = read.U32Or(info[2], "flags", 0);
  if (!read.ok()) return env.Undefined();
  int error = bpf_map_update_elem(map.fd, key, value, flags);
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_map_update_elem", -error, name_);
}

Napi::Value MapHandle::Delete(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  args::Reader read(env);
  const uint8_t* key = read.Bytes(info[0], "key", map.key_size);
  if (key == nullptr) return env.Undefined();
  int error = bpf_map_delete_elem(map.fd, key);
  if (error == 0 || error == -ENOENT) return Napi::Boolean::New(env, error == 0);
  return ThrowErrno(env, "bpf_map_delete_elem", -error, name_);
}

Napi::Value MapHandle::NextKey(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  args::Reader read(env);
  const uint8_t* key = args::Reader::Missing(info[0]) ? nullptr : read.Bytes(info[0], "key", map.key_size);
  if (!read.ok()) return env.Undefined();
  auto next = Napi::Buffer<uint8_t>::New(env, map.key_size);
  if (next.IsEmpty()) return env.Undefined();
  int error = bpf_map_get_next_key(map.fd, key, next.Data());
  if (error == -ENOENT) return env.Undefined();
  return error == 0 ? next : ThrowErrno(env, "bpf_map_get_next_key", -error, name_);
}

Napi::Value MapHandle::LookupAndDelete(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  args::Reader read(env);
  const uint8_t* key = read.Bytes(info[0], "key", map.key_size);
  if (key == nullptr) return env.Undefined();
  auto reply = Napi::Buffer<uint8_t>::New(env, map.value_bytes);
  if (reply.IsEmpty()) return env.Undefined();
  int error = bpf_map_lookup_and_delete_elem(map.fd, key, reply.Data());
  if (error == -ENOENT) return env.Undefined();
  if (IsUnsupported(error)) {
    return Throw(env, Failure::NotSupported("bpf_map_lookup_and_delete_elem", "lookup and delete on this type of map",
                                            "5.14", -error));
  }
  return error == 0 ? reply : ThrowErrno(env, "bpf_map_lookup_and_delete_elem", -error, name_);
}

Napi::Value MapHandle::ReadAll(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  MapContents contents;
  Failure failure;
  if (!ReadWholeMap(map, &contents, &failure)) return Throw(env, failure);
  return ContentsOf(env, std::move(contents));
}

Napi::Value MapHandle::TakeAll(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  args::Reader read(env);
  bool keep_keys = read.Bool(info[0], "keepKeys");
  if (!read.ok() || !Ready(env, &map)) return env.Undefined();
  if (map.is_array())
    return Throw(env, "ERR_ARG", "elements of array " + name_ + " cannot be deleted, only set to zero");
  MapContents contents;
  Failure failure;
  if (!TakeWholeMap(map, keep_keys, &contents, &failure)) return Throw(env, failure);
  return ContentsOf(env, std::move(contents));
}

Napi::Value MapHandle::ReadAllAsync(const Napi::CallbackInfo& info) {
  return Aside(info.Env(), [](const MapShape& map, MapContents* contents, Failure* failure) {
    ReadWholeMap(map, contents, failure);
  });
}

Napi::Value MapHandle::TakeAllAsync(const Napi::CallbackInfo& info) {
  return Aside(info.Env(), [](const MapShape& map, MapContents* contents, Failure* failure) {
    TakeWholeMap(map, false, contents, failure);
  });
}

// Reads on a thread of the pool, through a descriptor of its own: the map may be closed meanwhile.
Napi::Value MapHandle::Aside(Napi::Env env, void (*read)(const MapShape&, MapContents*, Failure*)) {
  struct Job {
    MapShape map;
    UniqueFd fd;
    MapContents contents;
    Failure failure;
  };
  auto job = std::make_shared<Job>();
  if (!Ready(env, &job->map)) return env.Undefined();
  job->fd = DuplicateFd(job->map.fd);
  if (!job->fd.valid()) return ThrowErrno(env, "dup", errno, name_);
  job->map.fd = job->fd.get();
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(
      env, [job, read] { read(job->map, &job->contents, &job->failure); },
      [job, deferred](Napi::Env done) {
        if (job->failure.failed()) {
          deferred.Reject(MakeError(done, job->failure));
        } else {
          deferred.Resolve(ContentsOf(done, std::move(job->contents)));
        }
      });
  return deferred.Promise();
}

Napi::Value MapHandle::DeleteAll(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  if (map.is_array())
    return Throw(env, "ERR_ARG", "elements of array " + name_ + " cannot be deleted, only set to zero");
  uint32_t deleted = 0;
  Failure failure;
  if (!DeleteWholeMap(map, &deleted, &failure)) return Throw(env, failure);
  return Napi::Number::New(env, deleted);
}

Napi::Value MapHandle::ZeroAll(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  uint32_t zeroed = 0;
  Failure failure;
  if (!ZeroWholeMap(map, &zeroed, &failure)) return Throw(env, failure);
  return Napi::Number::New(env, zeroed);
}

Napi::Value MapHandle::Freeze(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  if (!Ready(env, &map)) return env.Undefined();
  int error = bpf_map_freeze(map.fd);
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_map_freeze", -error, name_);
}

Napi::Value MapHandle::Pin(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  MapShape map;
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  if (!read.ok() || !Ready(env, &map)) return env.Undefined();
  int error = bpf_obj_pin(map.fd, path.c_str());
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_obj_pin", -error, path);
}

Napi::Value MapHandle::Close(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (core_ != nullptr) return Throw(env, "ERR_ARG", "map " + name_ + " is closed with its object");
  own_fd_.reset();
  return env.Undefined();
}
