#include "object.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "args.h"
#include "libbpf_log.h"
#include "map.h"
#include "program.h"
#include "task.h"

namespace {

// The first for which there is address space. Only pages written to cost memory. The kernel takes up to 1 GiB
// (Linux 5.2).
constexpr size_t kFailureLogSizes[] = {256u << 20, 16u << 20, 1u << 20};

// "prog 'name': …" or "map 'name': …": the name.
std::string Quoted(const std::string& line, const char* before) {
  size_t length = strlen(before);
  if (line.compare(0, length, before) != 0) return {};
  size_t end = line.find('\'', length);
  return end == std::string::npos ? std::string() : line.substr(length, end - length);
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
  return text;
}

// Any thread. Reads from libbpf's warnings what was refused: its functions return no more than an errno.
void LoadObject(ObjectCore* core, LibbpfCapture* capture, Failure* failure) {
  QuietSignals quiet;
  int error = bpf_object__load(core->live.get());
  if (error == 0) return;
  *failure = Failure::Errno("bpf_object__load", -error, core->name);
  failure->libbpf = Join(capture->warnings);
  std::string map;
  for (const std::string& line : capture->warnings) {
    if (failure->program.empty()) failure->program = Quoted(line, "prog '");
    if (map.empty()) map = Quoted(line, "map '");
  }
  if (!failure->program.empty()) {
    failure->operation = "bpf_prog_load";
    failure->detail = failure->program;
    const bpf_program* program = bpf_object__find_program_by_name(core->live.get(), failure->program.c_str());
    auto own = core->logs.find(program);
    failure->log = own == core->logs.end() ? core->failure_log.text() : own->second.text();
  } else if (!map.empty()) {
    failure->operation = "bpf_map_create";
    failure->detail = map;
  } else {
    failure->log = core->failure_log.text();
  }
}

// Environment's thread, after LoadObject.
void FinishLoad(ObjectCore* core, std::vector<std::string> lines, bool loaded) {
  core->loading = false;
  core->loaded = loaded;
  core->failure_log = LogBuffer();
  for (std::string& line : lines) core->libbpf_lines.push_back(std::move(line));
  // libbpf has unloaded what it had loaded; the object cannot be loaded again
  if (!loaded || core->closing) core->Close();
}

}  // namespace

LogBuffer::LogBuffer(size_t size) : size_(size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  data_ = memory == MAP_FAILED ? nullptr : static_cast<char*>(memory);
}

LogBuffer& LogBuffer::operator=(LogBuffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

LogBuffer::~LogBuffer() {
  if (data_ != nullptr) munmap(data_, size_);
}

std::string LogBuffer::text() const {
  return data_ == nullptr ? std::string() : std::string(data_, strnlen(data_, size_));
}

bool ObjectCore::Usable(Napi::Env env) const {
  if (!closed()) return Idle(env);
  Throw(env, "ERR_CLOSED", "object " + name + " is closed");
  return false;
}

bool ObjectCore::Idle(Napi::Env env) const {
  if (loading) Throw(env, "ERR_BUSY", "object " + name + " is being loaded");
  return !loading;
}

void ObjectCore::Close() {
  closing = true;
  if (loading) return;  // FinishLoad comes back
  live.reset();
  logs.clear();
  targets.clear();
}

void ObjectHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&ObjectHandle::Name>("name"),
                    InstanceAccessor<&ObjectHandle::Closed>("closed"),
                    InstanceAccessor<&ObjectHandle::Loaded>("loaded"),
                    InstanceAccessor<&ObjectHandle::Programs>("programs"),
                    InstanceAccessor<&ObjectHandle::Maps>("maps"),
                    InstanceMethod<&ObjectHandle::Program>("program"),
                    InstanceMethod<&ObjectHandle::Map>("map"),
                    InstanceMethod<&ObjectHandle::Load>("load"),
                    InstanceMethod<&ObjectHandle::LoadAsync>("loadAsync"),
                    InstanceMethod<&ObjectHandle::TakeLibbpfLog>("takeLibbpfLog"),
                    InstanceMethod<&ObjectHandle::Close>("close"),
                });
}

Napi::Value ObjectHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  args::ByteView elf = read.Bytes(info[0], "elf");
  std::vector<uint8_t> copy;  // reading the options may run JavaScript
  if (read.ok() && elf.size != 0) copy.assign(elf.data, elf.data + elf.size);
  Napi::Object options = read.ObjectOr(info[1], "options");
  auto core = std::make_shared<ObjectCore>();
  core->name = read.StringOr(read.Field(options, "name"), "name", "tbpf");
  std::string btf_path = read.StringOr(read.Field(options, "btfPath"), "btfPath", "");
  std::string level = read.StringOr(read.Field(options, "libbpfLog"), "libbpfLog", "warn");
  if (level != "warn" && level != "info" && level != "debug") read.Wrong("libbpfLog", "warn, info or debug");
  if (!read.ok()) return env.Undefined();
  core->level = level == "debug" ? LIBBPF_DEBUG : level == "info" ? LIBBPF_INFO : LIBBPF_WARN;
  for (size_t size : kFailureLogSizes) {
    if (core->failure_log.data() == nullptr) core->failure_log = LogBuffer(size);
  }

  LIBBPF_OPTS(bpf_object_open_opts, open);
  open.object_name = core->name.c_str();
  open.btf_custom_path = btf_path.empty() ? nullptr : btf_path.c_str();
  // level 0: a log is only written when the kernel has refused a program without one
  open.kernel_log_buf = core->failure_log.data();
  open.kernel_log_size = core->failure_log.data() == nullptr ? 0 : core->failure_log.size();
  LibbpfCapture capture(core->level);
  bpf_object* object = bpf_object__open_mem(copy.data(), copy.size(), &open);
  if (object == nullptr) {
    Failure failure = Failure::Errno("bpf_object__open_mem", errno, core->name);
    failure.libbpf = Join(capture.warnings);
    return Throw(env, failure);
  }
  core->libbpf_lines = std::move(capture.lines);
  core->live = std::shared_ptr<bpf_object>(object, bpf_object__close);
  return New(env, {std::move(core)});
}

ObjectHandle::ObjectHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  core_ = std::move(init_->core);
  MakeLists(info.Env());
}

// The handles of programs and maps; they keep the core, so they may outlive this object in JavaScript.
bool ObjectHandle::MakeLists(Napi::Env env) {
  Napi::Array programs = Napi::Array::New(env);
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(core_->live.get(), program)) != nullptr) {
    Napi::Object handle = ProgramHandle::New(env, {core_, program, UniqueFd(), {}, 0, 0});
    if (handle.IsEmpty()) return false;
    program_index_[bpf_program__name(program)] = programs.Length();
    programs[programs.Length()] = handle;
  }
  Napi::Array maps = Napi::Array::New(env);
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(core_->live.get(), map)) != nullptr) {
    Napi::Object handle = MapHandle::New(env, {core_, map, UniqueFd()});
    if (handle.IsEmpty()) return false;
    map_index_[bpf_map__name(map)] = maps.Length();
    maps[maps.Length()] = handle;
  }
  programs.Freeze();
  maps.Freeze();
  programs_ = Napi::Persistent(programs);
  maps_ = Napi::Persistent(maps);
  return true;
}

Napi::Value ObjectHandle::Name(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), core_ == nullptr ? "" : core_->name);
}

Napi::Value ObjectHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_ == nullptr || core_->closed());
}

Napi::Value ObjectHandle::Loaded(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_ != nullptr && core_->loaded);
}

Napi::Value ObjectHandle::Programs(const Napi::CallbackInfo&) { return programs_.Value(); }

Napi::Value ObjectHandle::Maps(const Napi::CallbackInfo&) { return maps_.Value(); }

Napi::Value ObjectHandle::Program(const Napi::CallbackInfo& info) {
  args::Reader read(info.Env());
  auto found = program_index_.find(read.String(info[0], "name"));
  if (!read.ok() || found == program_index_.end()) return info.Env().Undefined();
  return programs_.Value().Get(found->second);
}

Napi::Value ObjectHandle::Map(const Napi::CallbackInfo& info) {
  args::Reader read(info.Env());
  auto found = map_index_.find(read.String(info[0], "name"));
  if (!read.ok() || found == map_index_.end()) return info.Env().Undefined();
  return maps_.Value().Get(found->second);
}

Napi::Value ObjectHandle::Load(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!core_->Usable(env)) return env.Undefined();
  if (core_->loaded) return Throw(env, "ERR_ARG", "object " + core_->name + " is loaded already");
  LibbpfCapture capture(core_->level);
  Failure failure;
  LoadObject(core_.get(), &capture, &failure);
  FinishLoad(core_.get(), std::move(capture.lines), !failure.failed());
  return failure.failed() ? Throw(env, failure) : env.Undefined();
}

Napi::Value ObjectHandle::LoadAsync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!core_->Usable(env)) return env.Undefined();
  if (core_->loaded) return Throw(env, "ERR_ARG", "object " + core_->name + " is loaded already");
  struct Result {
    Failure failure;
    std::vector<std::string> lines;
  };
  auto result = std::make_shared<Result>();
  auto deferred = Napi::Promise::Deferred::New(env);
  core_->loading = true;
  Task::Start(
      env,
      [core = core_, result] {
        LibbpfCapture capture(core->level);
        LoadObject(core.get(), &capture, &result->failure);
        result->lines = std::move(capture.lines);
      },
      [core = core_, result, deferred](Napi::Env done) {
        FinishLoad(core.get(), std::move(result->lines), !result->failure.failed());
        if (result->failure.failed()) {
          deferred.Reject(MakeError(done, result->failure));
        } else {
          deferred.Resolve(done.Undefined());
        }
      });
  return deferred.Promise();
}

Napi::Value ObjectHandle::TakeLibbpfLog(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Array lines = Napi::Array::New(env);
  if (!core_->Idle(env)) return env.Undefined();
  for (const std::string& line : core_->libbpf_lines) lines[lines.Length()] = Napi::String::New(env, line);
  core_->libbpf_lines.clear();
  return lines;
}

// While it is being loaded: closed when that is done.
Napi::Value ObjectHandle::Close(const Napi::CallbackInfo& info) {
  if (core_ != nullptr) core_->Close();
  return info.Env().Undefined();
}
