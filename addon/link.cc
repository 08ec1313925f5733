#include "link.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "args.h"
#include "task.h"

namespace {

// Runs the iterator of a link to its end.
bool ReadAll(int link_fd, std::string* text, Failure* failure) {
  int fd = bpf_iter_create(link_fd);
  if (fd < 0) {
    *failure = Failure::Errno("bpf_iter_create", -fd, "iterator");
    return false;
  }
  UniqueFd iter(fd);
  char chunk[65536];
  for (;;) {
    ssize_t size = read(iter.get(), chunk, sizeof(chunk));
    if (size == 0) return true;
    if (size > 0) {
      text->append(chunk, static_cast<size_t>(size));
    } else if (errno != EINTR && errno != EAGAIN) {
      *failure = Failure::Errno("read", errno, "iterator");
      return false;
    }
  }
}

// What is read of struct bpf_link_info (include/uapi/linux/bpf.h): installed headers may be older than the kernel. An
// older kernel leaves what it does not know as it is.
struct LinkInfo {
  uint32_t type;
  uint32_t id;
  uint32_t program_id;
  uint32_t padding;
  union {
    struct {
      uint64_t addresses;
      uint32_t count;
      uint32_t flags;
      uint64_t missed;  // Linux 6.7
    } kprobe_multi;
    struct {
      uint32_t type;
      uint32_t padding;
      uint64_t function;
      uint32_t name_bytes;
      uint32_t offset;
      uint64_t address;
      uint64_t missed;  // Linux 6.7
    } kprobe;
    uint8_t whole[64];
  };
};
constexpr uint32_t kPerfEventLink = 7;    // BPF_LINK_TYPE_PERF_EVENT
constexpr uint32_t kKprobeMultiLink = 8;  // BPF_LINK_TYPE_KPROBE_MULTI
constexpr uint32_t kKprobeEvent = 3;      // BPF_PERF_EVENT_KPROBE
constexpr uint32_t kKretprobeEvent = 4;   // BPF_PERF_EVENT_KRETPROBE

}  // namespace

void LinkHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&LinkHandle::Kind>("kind"),
                    InstanceAccessor<&LinkHandle::Closed>("closed"),
                    InstanceAccessor<&LinkHandle::Fd>("fd"),
                    InstanceMethod<&LinkHandle::Missed>("missed"),
                    InstanceMethod<&LinkHandle::Disable>("disable"),
                    InstanceMethod<&LinkHandle::Enable>("enable"),
                    InstanceMethod<&LinkHandle::Pin>("pin"),
                    InstanceMethod<&LinkHandle::ReadIter>("readIter"),
                    InstanceMethod<&LinkHandle::ReadIterAsync>("readIterAsync"),
                    InstanceMethod<&LinkHandle::CreateIterFd>("createIterFd"),
                    InstanceMethod<&LinkHandle::Close>("close"),
                });
}

LinkHandle::LinkHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  core_ = std::move(init_->core);
  kind_ = core_->kind;
}

std::shared_ptr<LinkCore> LinkHandle::TakeProgram() {
  if (core_ == nullptr || program_taken_) return nullptr;
  core_->Stop();
  program_taken_ = true;
  if (!core_->link_fd.valid() || !core_->perf_fd.valid()) return Take();
  auto program = std::make_shared<LinkCore>();
  program->kind = kind_;
  program->link_fd = std::move(core_->link_fd);
  return program;
}

bool LinkHandle::Open(Napi::Env env) {
  if (core_ == nullptr) Throw(env, "ERR_CLOSED", "the link is closed");
  return core_ != nullptr;
}

bool LinkHandle::OpenIter(Napi::Env env) {
  if (!Open(env)) return false;
  if (kind_ == AttachKind::kIter) return true;
  Throw(env, "ERR_ARG", std::string("a link of kind ") + AttachKindName(kind_) + " is not an iterator");
  return false;
}

Napi::Value LinkHandle::Kind(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), AttachKindName(kind_));
}

Napi::Value LinkHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), core_ == nullptr);
}

Napi::Value LinkHandle::Fd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), core_ == nullptr ? -1 : core_->fd());
}

// missed(): { programId: number, count: bigint } | undefined. How often the kernel found its probe running already and
// left the program out. Only kprobes have that; undefined for what is no BPF link.
Napi::Value LinkHandle::Missed(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  if (!core_->link_fd.valid()) return env.Undefined();
  LinkInfo data{};
  uint32_t size = sizeof(data);
  int error = bpf_obj_get_info_by_fd(core_->fd(), &data, &size);
  if (error != 0) return ThrowErrno(env, "bpf_obj_get_info_by_fd", -error, "link");
  uint64_t missed = 0;
  if (data.type == kKprobeMultiLink) missed = data.kprobe_multi.missed;
  if (data.type == kPerfEventLink && (data.kprobe.type == kKprobeEvent || data.kprobe.type == kKretprobeEvent))
    missed = data.kprobe.missed;
  Napi::Object result = Napi::Object::New(env);
  result.Set("programId", data.program_id);
  result.Set("count", Napi::BigInt::New(env, missed));
  return result;
}

// disable(): boolean. Only sampling events stop this way: tracepoints and probes run their program whether their event
// is enabled or not.
Napi::Value LinkHandle::Disable(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  if (kind_ != AttachKind::kPerfEvent) return Napi::Boolean::New(env, false);
  if (ioctl(core_->perf_fd.get(), PERF_EVENT_IOC_DISABLE, 0) != 0) {
    return ThrowErrno(env, "PERF_EVENT_IOC_DISABLE", errno, "perf event");
  }
  return Napi::Boolean::New(env, true);
}

Napi::Value LinkHandle::Enable(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  if (kind_ != AttachKind::kPerfEvent) return Napi::Boolean::New(env, false);
  if (ioctl(core_->perf_fd.get(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
    return ThrowErrno(env, "PERF_EVENT_IOC_ENABLE", errno, "perf event");
  }
  return Napi::Boolean::New(env, true);
}

Napi::Value LinkHandle::Pin(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  if (!read.ok()) return env.Undefined();
  int error = bpf_obj_pin(core_->fd(), path.c_str());
  return error == 0 ? env.Undefined() : ThrowErrno(env, "bpf_obj_pin", -error, path);
}

Napi::Value LinkHandle::ReadIter(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!OpenIter(env)) return env.Undefined();
  std::string text;
  Failure failure;
  if (!ReadAll(core_->fd(), &text, &failure)) return Throw(env, failure);
  return Napi::Buffer<char>::Copy(env, text.data(), text.size());
}

Napi::Value LinkHandle::ReadIterAsync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!OpenIter(env)) return env.Undefined();
  struct Result {
    std::string text;
    Failure failure;
  };
  auto result = std::make_shared<Result>();
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(
      env, [core = core_, result] { ReadAll(core->fd(), &result->text, &result->failure); },
      [deferred, result](Napi::Env done) {
        if (result->failure.failed()) {
          deferred.Reject(MakeError(done, result->failure));
        } else {
          deferred.Resolve(Napi::Buffer<char>::Copy(done, result->text.data(), result->text.size()));
        }
      });
  return deferred.Promise();
}

Napi::Value LinkHandle::CreateIterFd(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!OpenIter(env)) return env.Undefined();
  int fd = bpf_iter_create(core_->fd());
  return fd < 0 ? ThrowErrno(env, "bpf_iter_create", -fd, "iterator") : Napi::Number::New(env, fd);
}

Napi::Value LinkHandle::Close(const Napi::CallbackInfo& info) {
  core_.reset();
  return info.Env().Undefined();
}
