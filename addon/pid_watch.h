// A process that is not our child, watched through a pidfd.
#pragma once

#include <sys/types.h>

#include "handle.h"

// A pidfd, or -1 with errno.
int OpenPidfd(pid_t pid);
Napi::Value ThrowPidfd(Napi::Env env, int error, pid_t pid);

struct PidWatchInit {
  pid_t pid;
  UniqueFd pidfd;
  Napi::Function callback;
};

class PidWatchHandle : public Handle<PidWatchHandle, PidWatchInit> {
 public:
  static constexpr const char* kName = "PidWatch";
  static constexpr HandleClass kClass = HandleClass::kPidWatch;

  static void Define(Napi::Env env);
  // watchPid(pid, onExit)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit PidWatchHandle(const Napi::CallbackInfo& info);

 private:
  void OnEnd();
  void Release();

  Napi::Value Pid(const Napi::CallbackInfo& info);
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value RefLoop(const Napi::CallbackInfo& info);
  Napi::Value UnrefLoop(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  pid_t pid_ = -1;
  FdWatch watch_;
  Napi::FunctionReference callback_;
};
