// What processes do that changes their memory: fork, exec, exit and what they map executable, from every CPU.
#pragma once

#include <vector>

#include "handle.h"
#include "perf_ring.h"

struct TaskEventsInit {
  std::vector<PerfRing> rings;
};

class TaskEventsHandle : public Handle<TaskEventsHandle, TaskEventsInit> {
 public:
  static constexpr const char* kName = "TaskEvents";
  static constexpr HandleClass kClass = HandleClass::kTaskEvents;

  static void Define(Napi::Env env);
  // openTaskEvents(cpus, pages)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit TaskEventsHandle(const Napi::CallbackInfo& info);

 private:
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  bool closed_ = true;
  std::vector<PerfRing> rings_;
};
