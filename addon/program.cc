#include "program.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "args.h"
#include "libbpf_log.h"
#include "link.h"
#include "spec.h"

namespace {

constexpr size_t kDefaultLogBytes = 1u << 20;
constexpr uint32_t kTestRunOnCpu = 1;  // BPF_F_TEST_RUN_ON_CPU
constexpr uint32_t kMostDataOut = 1u << 24;

}  // namespace

void ProgramHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&ProgramHandle::Name>("name"),
                    InstanceAccessor<&ProgramHandle::Section>("section"),
                    InstanceAccessor<&ProgramHandle::Type>("type"),
                    InstanceAccessor<&ProgramHandle::ExpectedAttachType>("expectedAttachType"),
                    InstanceAccessor<&ProgramHandle::Autoload>("autoload"),
                    InstanceAccessor<&ProgramHandle::Fd>("fd"),
                    InstanceAccessor<&ProgramHandle::Log>("log"),
                    InstanceMethod<&ProgramHandle::SetAutoload>("setAutoload"),
                    InstanceMethod<&ProgramHandle::SetType>("setType"),
                    InstanceMethod<&ProgramHandle::SetExpectedAttachType>("setExpectedAttachType"),
                    InstanceMethod<&ProgramHandle::SetAttachTarget>("setAttachTarget"),
                    InstanceMethod<&ProgramHandle::SetFlags>("setFlags"),
                    InstanceMethod<&ProgramHandle::SetLog>("setLog"),
                    InstanceMethod<&ProgramHandle::Info>("info"),
                    InstanceMethod<&ProgramHandle::XlatedInsns>("xlatedInsns"),
                    InstanceMethod<&ProgramHandle::TestRun>("testRun"),
                    InstanceMethod<&ProgramHandle::Attach>("attach"),
                    InstanceMethod<&ProgramHandle::Pin>("pin"),
                    InstanceMethod<&ProgramHandle::Close>("close"),
                });
}

// The log is asked for only when the kernel has refused, as libbpf does for objects.
Napi::Value ProgramHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Object options = read.Object(info[0], "options");
  std::string name = read.StringOr(read.Field(options, "name"), "name", "");
  std::string license = read.StringOr(read.Field(options, "license"), "license", "GPL");
  uint32_t type = read.U32(read.Field(options, "type"), "type");
  uint32_t attach_type = read.U32Or(read.Field(options, "expectedAttachType"), "expectedAttachType", 0);
  LIBBPF_OPTS(bpf_prog_load_opts, load);
  load.expected_attach_type = static_cast<bpf_attach_type>(attach_type);
  load.attach_btf_id = read.U32Or(read.Field(options, "attachBtfId"), "attachBtfId", 0);
  load.prog_flags = read.U32Or(read.Field(options, "flags"), "flags", 0);
  load.log_level = read.U32Or(read.Field(options, "logLevel"), "logLevel", 0);
  args::ByteView insns = read.Bytes(read.Field(options, "insns"), "insns");
  if (read.ok() && (insns.size == 0 || insns.size % sizeof(bpf_insn) != 0))
    read.Wrong("insns", "8 bytes per instruction");
  if (!read.ok()) return env.Undefined();

  LogBuffer log;
  const auto* code = reinterpret_cast<const bpf_insn*>(insns.data);
  size_t count = insns.size / sizeof(bpf_insn);
  QuietSignals quiet;
  auto try_load = [&] {
    if (load.log_level != 0) {
      log = LogBuffer(16u << 20);
      load.log_buf = log.data();
      load.log_size = log.data() == nullptr ? 0 : static_cast<uint32_t>(log.size());
      if (load.log_size == 0) load.log_level = 0;
    }
    return bpf_prog_load(static_cast<bpf_prog_type>(type), name.empty() ? nullptr : name.c_str(), license.c_str(), code,
                         count, &load);
  };
  int fd = try_load();
  if (fd < 0 && load.log_level == 0) {
    load.log_level = 1;
    fd = try_load();
  }
  if (fd < 0) {
    Failure failure = Failure::Errno("bpf_prog_load", -fd, name);
    failure.program = name;
    failure.log = log.text();
    return Throw(env, failure);
  }
  return New(env,
             {nullptr, nullptr, UniqueFd(fd), std::move(name), static_cast<int>(type), static_cast<int>(attach_type)});
}

Napi::Value ProgramHandle::OpenExisting(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  uint32_t id = read.U32(read.Field(read.Object(info[0], "where"), "id"), "id");
  if (!read.ok()) return env.Undefined();
  UniqueFd fd(bpf_prog_get_fd_by_id(id));
  if (!fd.valid()) return ThrowErrno(env, "bpf_prog_get_fd_by_id", errno, "program " + std::to_string(id));
  bpf_prog_info data{};
  uint32_t size = sizeof(data);
  if (bpf_obj_get_info_by_fd(fd.get(), &data, &size) != 0)
    return ThrowErrno(env, "bpf_obj_get_info_by_fd", errno, "program " + std::to_string(id));
  return New(env, {nullptr, nullptr, std::move(fd), data.name, static_cast<int>(data.type), 0});
}

ProgramHandle::ProgramHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  core_ = std::move(init_->core);
  program_ = init_->program;
  if (program_ != nullptr) {
    name_ = bpf_program__name(program_);
    section_ = bpf_program__section_name(program_);
    return;
  }
  name_ = std::move(init_->name);
  type_ = init_->type;
  attach_type_ = init_->attach_type;
  own_fd_ = std::make_shared<UniqueFd>(std::move(init_->fd));
}

bool ProgramHandle::Closed() const { return core_ != nullptr ? core_->closed() : own_fd_ == nullptr; }

// Also fine while a thread loads the object: the descriptor is looked at only afterwards.
int ProgramHandle::FdOrMinusOne() const {
  if (Closed()) return -1;
  if (core_ == nullptr) return own_fd_->get();
  int fd = core_->loaded ? bpf_program__fd(program_) : -1;
  return fd < 0 ? -1 : fd;
}

bool ProgramHandle::Unloaded(Napi::Env env) {
  if (core_ == nullptr) {
    Throw(env, "ERR_ARG", "program " + name_ + " is loaded already");
    return false;
  }
  if (!core_->Usable(env)) return false;
  if (core_->loaded) Throw(env, "ERR_ARG", "program " + name_ + " is loaded already");
  return !core_->loaded;
}

bool ProgramHandle::Loaded(Napi::Env env, ProgramRef* ref) {
  if (core_ != nullptr && !core_->Usable(env)) return false;
  if (Closed()) {
    Throw(env, "ERR_CLOSED", "program " + name_ + " is closed");
    return false;
  }
  ref->fd = FdOrMinusOne();
  if (ref->fd < 0) {
    Throw(env, "ERR_ARG", "program " + name_ + " is not loaded");
    return false;
  }
  ref->name = name_;
  ref->own_fd = own_fd_;
  if (core_ != nullptr) ref->object = core_->live;
  ref->expected_attach_type = program_ == nullptr ? attach_type_ : bpf_program__expected_attach_type(program_);
  return true;
}

Napi::Value ProgramHandle::Done(Napi::Env env, const char* operation, int error) {
  return error == 0 ? env.Undefined() : ThrowErrno(env, operation, -error, name_);
}

Napi::Value ProgramHandle::Name(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), name_); }

Napi::Value ProgramHandle::Section(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), section_); }

Napi::Value ProgramHandle::Type(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  bool of_object = program_ != nullptr && !Closed();
  return Napi::Number::New(info.Env(), of_object ? bpf_program__type(program_) : type_);
}

Napi::Value ProgramHandle::ExpectedAttachType(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  bool of_object = program_ != nullptr && !Closed();
  return Napi::Number::New(info.Env(), of_object ? bpf_program__expected_attach_type(program_) : attach_type_);
}

Napi::Value ProgramHandle::Autoload(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  return Napi::Boolean::New(info.Env(), program_ == nullptr || (!Closed() && bpf_program__autoload(program_)));
}

Napi::Value ProgramHandle::Fd(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), FdOrMinusOne());
}

Napi::Value ProgramHandle::Log(const Napi::CallbackInfo& info) {
  if (core_ != nullptr && !core_->Idle(info.Env())) return info.Env().Undefined();
  std::string text;
  if (core_ != nullptr) {
    auto found = core_->logs.find(program_);
    if (found != core_->logs.end()) text = found->second.text();
  }
  return Napi::String::New(info.Env(), text);
}

Napi::Value ProgramHandle::SetAutoload(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  bool autoload = read.Bool(info[0], "autoload");
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  return Done(env, "bpf_program__set_autoload", bpf_program__set_autoload(program_, autoload));
}

Napi::Value ProgramHandle::SetType(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto type = static_cast<bpf_prog_type>(read.U32(info[0], "type"));
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  return Done(env, "bpf_program__set_type", bpf_program__set_type(program_, type));
}

Napi::Value ProgramHandle::SetExpectedAttachType(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto type = static_cast<bpf_attach_type>(read.U32(info[0], "attachType"));
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  return Done(env, "bpf_program__set_expected_attach_type", bpf_program__set_expected_attach_type(program_, type));
}

Napi::Value ProgramHandle::SetAttachTarget(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string target = read.String(info[0], "name");
  int program_fd =
      args::Reader::Missing(info[1]) ? 0 : static_cast<int>(read.Integer(info[1], "programFd", 0, INT32_MAX));
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  LibbpfCapture capture(LIBBPF_WARN);
  if (program_fd != 0) {
    // libbpf looks at the descriptor again when it loads: it gets one that nobody else closes
    UniqueFd own(fcntl(program_fd, F_DUPFD_CLOEXEC, 3));
    if (!own.valid()) return ThrowErrno(env, "fcntl", errno, target);
    program_fd = own.get();
    core_->targets.push_back(std::move(own));
  }
  int error = bpf_program__set_attach_target(program_, program_fd, target.c_str());
  if (error == 0) return env.Undefined();
  return ThrowErrno(env, "bpf_program__set_attach_target", -error, target);
}

Napi::Value ProgramHandle::SetFlags(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  uint32_t flags = read.U32(info[0], "flags");
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  return Done(env, "bpf_program__set_flags", bpf_program__set_flags(program_, flags));
}

Napi::Value ProgramHandle::SetLog(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto level = static_cast<uint32_t>(read.Integer(info[0], "level", 0, 7));
  size_t size = kDefaultLogBytes;
  if (!args::Reader::Missing(info[1])) size = static_cast<size_t>(read.Integer(info[1], "sizeBytes", 128, 1 << 30));
  if (!read.ok() || !Unloaded(env)) return env.Undefined();
  LogBuffer log(size);
  if (log.data() == nullptr)
    return ThrowErrno(env, "mmap", errno, "verifier log of " + std::to_string(size) + " bytes");
  int error = bpf_program__set_log_buf(program_, log.data(), log.size());
  if (error == 0) error = bpf_program__set_log_level(program_, level);
  if (error == 0) core_->logs[program_] = std::move(log);
  return Done(env, "bpf_program__set_log_buf", error);
}

Napi::Value ProgramHandle::Info(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ProgramRef ref;
  if (!Loaded(env, &ref)) return env.Undefined();
  bpf_prog_info data{};
  uint32_t size = sizeof(data);
  int error = bpf_obj_get_info_by_fd(ref.fd, &data, &size);
  std::vector<uint32_t> map_ids(error == 0 ? data.nr_map_ids : 0);
  if (!map_ids.empty()) {
    data = {};
    data.nr_map_ids = static_cast<uint32_t>(map_ids.size());
    data.map_ids = reinterpret_cast<uint64_t>(map_ids.data());
    size = sizeof(data);
    error = bpf_obj_get_info_by_fd(ref.fd, &data, &size);
  }
  if (error != 0) return ThrowErrno(env, "bpf_obj_get_info_by_fd", -error, name_);
  Napi::Array maps = Napi::Array::New(env, map_ids.size());
  for (uint32_t i = 0; i < map_ids.size(); i++) maps[i] = Napi::Number::New(env, map_ids[i]);
  Napi::Object result = Napi::Object::New(env);
  result.Set("id", data.id);
  result.Set("type", data.type);
  result.Set("name", Napi::String::New(env, data.name));
  result.Set("runTimeNs", Napi::BigInt::New(env, static_cast<uint64_t>(data.run_time_ns)));
  result.Set("runCount", Napi::BigInt::New(env, static_cast<uint64_t>(data.run_cnt)));
  result.Set("recursionMisses", Napi::BigInt::New(env, static_cast<uint64_t>(data.recursion_misses)));
  result.Set("xlatedBytes", data.xlated_prog_len);
  result.Set("jitedBytes", data.jited_prog_len);
  result.Set("verifiedInsns", data.verified_insns);
  result.Set("mapIds", maps);
  return result;
}

Napi::Value ProgramHandle::XlatedInsns(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ProgramRef ref;
  if (!Loaded(env, &ref)) return env.Undefined();
  bpf_prog_info data{};
  uint32_t size = sizeof(data);
  int error = bpf_obj_get_info_by_fd(ref.fd, &data, &size);
  if (error != 0) return ThrowErrno(env, "bpf_obj_get_info_by_fd", -error, name_);
  uint32_t length = data.xlated_prog_len;
  auto insns = Napi::Buffer<uint8_t>::New(env, length);
  if (length == 0 || insns.IsEmpty()) return insns;
  data = {};
  data.xlated_prog_len = length;
  data.xlated_prog_insns = reinterpret_cast<uint64_t>(insns.Data());
  size = sizeof(data);
  error = bpf_obj_get_info_by_fd(ref.fd, &data, &size);
  if (error != 0) return ThrowErrno(env, "bpf_obj_get_info_by_fd", -error, name_);
  // the kernel clears the pointer when it does not let us see them
  return data.xlated_prog_insns == 0 ? Napi::Buffer<uint8_t>::New(env, 0) : insns;
}

Napi::Value ProgramHandle::TestRun(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  ProgramRef ref;
  if (!Loaded(env, &ref)) return env.Undefined();
  args::Reader read(env);
  Napi::Object options = read.ObjectOr(info[0], "options");
  LIBBPF_OPTS(bpf_test_run_opts, run);
  run.repeat = static_cast<int>(read.U32Or(read.Field(options, "repeat"), "repeat", 0) & INT32_MAX);
  run.flags = read.U32Or(read.Field(options, "flags"), "flags", 0);
  Napi::Value cpu = read.Field(options, "cpu");
  if (!args::Reader::Missing(cpu)) {
    run.cpu = read.U32(cpu, "cpu");
    run.flags |= kTestRunOnCpu;
  }
  Napi::Value room = read.Field(options, "dataOutBytes");
  run.data_size_out =
      args::Reader::Missing(room) ? 0 : static_cast<uint32_t>(read.Integer(room, "dataOutBytes", 0, kMostDataOut));
  Napi::Value ctx_value = read.Field(options, "ctxIn");
  Napi::Value data_value = read.Field(options, "dataIn");
  // no JavaScript runs from here on: the views stay valid
  args::ByteView ctx = read.BytesOr(ctx_value, "ctxIn");
  args::ByteView data = read.BytesOr(data_value, "dataIn");
  if (!read.ok()) return env.Undefined();
  run.ctx_in = ctx.data;
  run.ctx_size_in = static_cast<uint32_t>(ctx.size);
  run.data_in = data.data;
  run.data_size_in = static_cast<uint32_t>(data.size);
  std::vector<uint8_t> out(run.data_size_out);
  run.data_out = out.empty() ? nullptr : out.data();
  int error = bpf_prog_test_run_opts(ref.fd, &run);
  if (error != 0) return ThrowErrno(env, "bpf_prog_test_run_opts", -error, name_);
  Napi::Object result = Napi::Object::New(env);
  result.Set("retval", run.retval);
  result.Set("durationNs", run.duration);
  result.Set("dataOut", Napi::Buffer<uint8_t>::Copy(env, out.data(), std::min<size_t>(out.size(), run.data_size_out)));
  return result;
}

Napi::Value ProgramHandle::Attach(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  AttachSpec spec;
  if (!ReadAttachSpec(read, info[0], &spec)) return env.Undefined();
  ProgramRef ref;
  if (!Loaded(env, &ref)) return env.Undefined();
  Failure failure;
  LibbpfCapture capture(LIBBPF_WARN);
  std::shared_ptr<LinkCore> link = ::Attach(ref, spec, &failure);
  if (link == nullptr) return Throw(env, failure);
  return LinkHandle::New(env, {std::move(link)});
}

Napi::Value ProgramHandle::Pin(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  ProgramRef ref;
  if (!read.ok() || !Loaded(env, &ref)) return env.Undefined();
  int error = bpf_obj_pin(ref.fd, path.c_str());
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_obj_pin", -error, path);
}

Napi::Value ProgramHandle::Close(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (core_ != nullptr) return Throw(env, "ERR_ARG", "program " + name_ + " is closed with its object");
  own_fd_.reset();
  return env.Undefined();
}
