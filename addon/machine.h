// Facts of the machine and of this process, and kernel symbols. Module functions.
#pragma once

#include <napi.h>

#include "handle.h"

Napi::Value OnlineCpus(const Napi::CallbackInfo& info);
Napi::Value PossibleCpus(const Napi::CallbackInfo& info);
Napi::Value ClockOffsets(const Napi::CallbackInfo& info);
Napi::Value RaiseMemlock(const Napi::CallbackInfo& info);
Napi::Value Capabilities(const Napi::CallbackInfo& info);
Napi::Value Mount(const Napi::CallbackInfo& info);
Napi::Value ProbeProgramType(const Napi::CallbackInfo& info);
Napi::Value ProbeMapType(const Napi::CallbackInfo& info);
Napi::Value ProbeHelper(const Napi::CallbackInfo& info);
Napi::Value LinkObjects(const Napi::CallbackInfo& info);
Napi::Value Demangle(const Napi::CallbackInfo& info);
Napi::Value SendNow(const Napi::CallbackInfo& info);
Napi::Value DeferClosing(const Napi::CallbackInfo& info);

Napi::Value ReadKallsyms(const Napi::CallbackInfo& info);
Napi::Value ReadKallsymsAsync(const Napi::CallbackInfo& info);

// Run time of programs is counted while one of these is open.
struct StatsInit {
  UniqueFd fd;
};

class StatsHandle : public Handle<StatsHandle, StatsInit> {
 public:
  static constexpr const char* kName = "Stats";
  static constexpr HandleClass kClass = HandleClass::kStats;

  static void Define(Napi::Env env);
  // enableStats()
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit StatsHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value Close(const Napi::CallbackInfo& info);
  UniqueFd fd_;
};
