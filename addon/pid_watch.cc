#include "pid_watch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "args.h"

int OpenPidfd(pid_t pid) { return static_cast<int>(syscall(SYS_pidfd_open, pid, 0)); }

Napi::Value ThrowPidfd(Napi::Env env, int error, pid_t pid) {
  if (error == ENOSYS)
    return Throw(env, Failure::NotSupported("pidfd_open", "watching a process (pidfd)", "5.3", error));
  return ThrowErrno(env, "pidfd_open", error, "process " + std::to_string(pid));
}

void PidWatchHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&PidWatchHandle::Pid>("pid"),
                    InstanceAccessor<&PidWatchHandle::Closed>("closed"),
                    InstanceMethod<&PidWatchHandle::RefLoop>("ref"),
                    InstanceMethod<&PidWatchHandle::UnrefLoop>("unref"),
                    InstanceMethod<&PidWatchHandle::Close>("close"),
                });
}

Napi::Value PidWatchHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto pid = static_cast<pid_t>(read.Integer(info[0], "pid", 1, INT32_MAX));
  Napi::Function callback = read.Function(info[1], "onExit");
  if (!read.ok()) return env.Undefined();
  UniqueFd pidfd(OpenPidfd(pid));
  if (!pidfd.valid()) return ThrowPidfd(env, errno, pid);
  return New(env, {pid, std::move(pidfd), callback});
}

// Watches until closed: it keeps itself from being collected.
PidWatchHandle::PidWatchHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  pid_ = init_->pid;
  callback_ = Napi::Persistent(init_->callback);
  int error = watch_.Open(EnvState::Of(info.Env()), std::move(init_->pidfd), [this] { OnEnd(); });
  if (error == 0) error = watch_.Start();
  if (error != 0) {
    ThrowErrno(info.Env(), "uv_poll_start", -error, "process " + std::to_string(pid_));
    return;
  }
  Ref();
}

void PidWatchHandle::Release() {
  if (!watch_.open()) return;
  watch_.Close();
  callback_.Reset();
  Unref();
}

void PidWatchHandle::OnEnd() {
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  [[maybe_unused]] Napi::Value self = Value();
  Napi::FunctionReference callback = std::move(callback_);
  Release();
  CallFromLoop(env, callback, {});
}

Napi::Value PidWatchHandle::Pid(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), pid_); }

Napi::Value PidWatchHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !watch_.open());
}

Napi::Value PidWatchHandle::RefLoop(const Napi::CallbackInfo& info) {
  watch_.Ref();
  return info.Env().Undefined();
}

Napi::Value PidWatchHandle::UnrefLoop(const Napi::CallbackInfo& info) {
  watch_.Unref();
  return info.Env().Undefined();
}

Napi::Value PidWatchHandle::Close(const Napi::CallbackInfo& info) {
  Release();
  return info.Env().Undefined();
}
