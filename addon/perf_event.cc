#include "perf_event.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cerrno>

#include "args.h"

void PerfEventHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&PerfEventHandle::Closed>("closed"),
                    InstanceAccessor<&PerfEventHandle::Fd>("fd"),
                    InstanceMethod<&PerfEventHandle::Enable>("enable"),
                    InstanceMethod<&PerfEventHandle::Disable>("disable"),
                    InstanceMethod<&PerfEventHandle::Read>("read"),
                    InstanceMethod<&PerfEventHandle::Close>("close"),
                });
}

PerfEventHandle::PerfEventHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ != nullptr) fd_ = std::move(init_->fd);
}

// Opened disabled: attaching enables it, so that no sample is taken without a program.
Napi::Value PerfEventHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Object options = read.Object(info[0], "options");
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.disabled = 1;
  attr.type = read.U32(read.Field(options, "type"), "type");
  attr.config = read.U64(read.Field(options, "config"), "config");
  attr.config1 = read.U64Or(read.Field(options, "config1"), "config1", 0);
  attr.config2 = read.U64Or(read.Field(options, "config2"), "config2", 0);
  uint64_t period = read.U64Or(read.Field(options, "samplePeriod"), "samplePeriod", 0);
  uint64_t frequency = read.U64Or(read.Field(options, "sampleFreq"), "sampleFreq", 0);
  if (period != 0 && frequency != 0) read.Wrong("options", "with samplePeriod or with sampleFreq, not with both");
  attr.freq = frequency != 0;
  attr.sample_period = attr.freq ? frequency : period;
  attr.wakeup_events = period != 0 || frequency != 0;
  int pid = read.I32Or(read.Field(options, "pid"), "pid", -1);
  int cpu = read.I32Or(read.Field(options, "cpu"), "cpu", -1);
  attr.inherit = read.BoolOr(read.Field(options, "inherit"), "inherit", false);
  attr.exclude_user = read.BoolOr(read.Field(options, "excludeUser"), "excludeUser", false);
  attr.exclude_kernel = read.BoolOr(read.Field(options, "excludeKernel"), "excludeKernel", false);
  if (attr.type == PERF_TYPE_BREAKPOINT) {
    attr.bp_type = read.U32(read.Field(options, "bpType"), "bpType");
    attr.bp_addr = read.U64(read.Field(options, "bpAddr"), "bpAddr");
    attr.bp_len = read.U32(read.Field(options, "bpLen"), "bpLen");
  }
  if (!read.ok()) return env.Undefined();

  UniqueFd fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd.valid()) {
    std::string what = "perf event of type " + std::to_string(attr.type) + ", config " + std::to_string(attr.config);
    if (cpu >= 0) what += ", CPU " + std::to_string(cpu);
    if (pid >= 0) what += ", process " + std::to_string(pid);
    return ThrowErrno(env, "perf_event_open", errno, what);
  }
  return New(env, {std::move(fd)});
}

bool PerfEventHandle::Open(Napi::Env env) {
  if (!fd_.valid()) Throw(env, "ERR_CLOSED", "the perf event is closed");
  return fd_.valid();
}

Napi::Value PerfEventHandle::Control(Napi::Env env, const char* operation, unsigned long request) {
  if (!Open(env)) return env.Undefined();
  return ioctl(fd_.get(), request, 0) == 0 ? env.Undefined() : ThrowErrno(env, operation, errno, "perf event");
}

Napi::Value PerfEventHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !fd_.valid());
}

Napi::Value PerfEventHandle::Fd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), fd_.get()); }

Napi::Value PerfEventHandle::Enable(const Napi::CallbackInfo& info) {
  return Control(info.Env(), "PERF_EVENT_IOC_ENABLE", PERF_EVENT_IOC_ENABLE);
}

Napi::Value PerfEventHandle::Disable(const Napi::CallbackInfo& info) {
  return Control(info.Env(), "PERF_EVENT_IOC_DISABLE", PERF_EVENT_IOC_DISABLE);
}

Napi::Value PerfEventHandle::Read(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  uint64_t count = 0;
  if (read(fd_.get(), &count, sizeof(count)) != sizeof(count)) return ThrowErrno(env, "read", errno, "perf event");
  return Napi::BigInt::New(env, count);
}

Napi::Value PerfEventHandle::Close(const Napi::CallbackInfo& info) {
  fd_.reset();
  return info.Env().Undefined();
}
