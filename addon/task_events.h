// What processes do that changes their memory: fork, exec, exit and what they map executable, from every CPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "handle.h"

// The ring of one CPU's event, as perf_event_open(2) lays it out: a page of positions, then the data.
class TaskRing {
 public:
  TaskRing() = default;
  TaskRing(TaskRing&& other) noexcept;
  TaskRing& operator=(TaskRing&&) = delete;
  ~TaskRing();

  // 0 or an errno.
  int Open(int cpu, uint32_t pages);
  // Appends what has been written since the last call.
  void Drain(std::vector<uint8_t>* out);

 private:
  UniqueFd fd_;
  uint8_t* base_ = nullptr;
  size_t bytes_ = 0;  // of the data
};

struct TaskEventsInit {
  std::vector<TaskRing> rings;
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
  std::vector<TaskRing> rings_;
};
