// Attaching and detaching many links on a thread of the pool.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "handle.h"

// What the thread and JavaScript share of a job.
struct JobProgress {
  uint32_t total = 0;
  std::atomic<uint32_t> done{0};
  std::atomic<uint32_t> failed{0};
  std::atomic<bool> cancelled{false};
};

struct JobInit {
  std::shared_ptr<JobProgress> progress;
  Napi::Promise promise;
};

class JobHandle : public Handle<JobHandle, JobInit> {
 public:
  static constexpr const char* kName = "Job";
  static constexpr HandleClass kClass = HandleClass::kJob;

  static void Define(Napi::Env env);
  static Napi::Value AttachMany(const Napi::CallbackInfo& info);
  static Napi::Value DetachMany(const Napi::CallbackInfo& info);
  static Napi::Value CloseMany(const Napi::CallbackInfo& info);
  explicit JobHandle(const Napi::CallbackInfo& info);

 private:
  // A job that gives nothing but its end.
  static Napi::Value Run(Napi::Env env, std::shared_ptr<JobProgress> progress, std::function<void()> run);

  Napi::Value Total(const Napi::CallbackInfo& info);
  Napi::Value Done(const Napi::CallbackInfo& info);
  Napi::Value Failed(const Napi::CallbackInfo& info);
  Napi::Value Result(const Napi::CallbackInfo& info);
  Napi::Value Cancel(const Napi::CallbackInfo& info);

  std::shared_ptr<JobProgress> progress_;
  Napi::ObjectReference promise_;
};
