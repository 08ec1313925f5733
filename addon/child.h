// A child process held before exec.
#pragma once

#include <sys/types.h>

#include "handle.h"

struct ChildInit {
  pid_t pid;
  UniqueFd pidfd;
  UniqueFd hold;  // the child execs when a byte arrives, exits when it is closed
  UniqueFd fail;  // the errno of a failed exec comes back
  std::string file;
  std::string cwd;
};

class ChildHandle : public Handle<ChildHandle, ChildInit> {
 public:
  static constexpr const char* kName = "Child";
  static constexpr HandleClass kClass = HandleClass::kChild;

  static void Define(Napi::Env env);
  // spawnHeld(argv, options?)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit ChildHandle(const Napi::CallbackInfo& info);
  ~ChildHandle() override;

 private:
  bool Open(Napi::Env env);
  void Release();
  void Reap(bool wait);
  void OnEnd();
  void Pin(bool pinned);

  Napi::Value Pid(const Napi::CallbackInfo& info);
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Resume(const Napi::CallbackInfo& info);
  Napi::Value OnExit(const Napi::CallbackInfo& info);
  Napi::Value Kill(const Napi::CallbackInfo& info);
  Napi::Value RefLoop(const Napi::CallbackInfo& info);
  Napi::Value UnrefLoop(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd hold_;
  UniqueFd fail_;
  std::string file_;
  std::string cwd_;
  bool reaped_ = false;
  int exit_code_ = -1;  // one of the two, once reaped
  int exit_signal_ = -1;
  FdWatch watch_;
  Napi::FunctionReference callback_;
  bool pinned_ = false;
};
