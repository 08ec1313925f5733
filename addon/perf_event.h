// A perf event: sampling clocks, software and hardware events, watchpoints.
// A program is attached to one by `{ kind: 'perfEvent' }`.
#pragma once

#include "handle.h"

struct PerfEventInit {
  UniqueFd fd;
};

class PerfEventHandle : public Handle<PerfEventHandle, PerfEventInit> {
 public:
  static constexpr const char* kName = "PerfEvent";
  static constexpr HandleClass kClass = HandleClass::kPerfEvent;

  static void Define(Napi::Env env);
  // openPerfEvent(options)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit PerfEventHandle(const Napi::CallbackInfo& info);

  int fd() const { return fd_.get(); }

 private:
  bool Open(Napi::Env env);
  Napi::Value Control(Napi::Env env, const char* operation, unsigned long request);

  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Fd(const Napi::CallbackInfo& info);
  Napi::Value Enable(const Napi::CallbackInfo& info);
  Napi::Value Disable(const Napi::CallbackInfo& info);
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  UniqueFd fd_;
};
