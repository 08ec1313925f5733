#include "task_events.h"

#include <cerrno>
#include <ctime>

#include "args.h"

namespace {

// The event itself never counts: it is there for the records that come along with any event. Their times are of one
// clock for all CPUs, so that records of a process that moved between CPUs can be put in order.
perf_event_attr WhatTasksDo() {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_DUMMY;
  attr.sample_period = 1;
  attr.sample_type = PERF_SAMPLE_TIME;
  attr.sample_id_all = 1;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_MONOTONIC;
  attr.mmap = 1;
  attr.mmap2 = 1;
  attr.build_id = 1;  // Linux 5.12
  attr.comm = 1;
  attr.comm_exec = 1;
  attr.task = 1;
  attr.exclude_kernel = 1;
  attr.watermark = 1;
  attr.wakeup_watermark = UINT32_MAX;  // nobody waits for it
  return attr;
}

}  // namespace

void TaskEventsHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&TaskEventsHandle::Closed>("closed"),
                    InstanceMethod<&TaskEventsHandle::Drain>("drain"),
                    InstanceMethod<&TaskEventsHandle::Close>("close"),
                });
}

// openTaskEvents(cpus, pages). A CPU that went offline meanwhile is left out.
Napi::Value TaskEventsHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::vector<uint64_t> cpus = read.U64s(info[0], "cpus");
  auto pages = static_cast<uint32_t>(read.Integer(info[1], "pages", 1, 1 << 16));
  if (read.ok() && (pages & (pages - 1)) != 0) read.Wrong("pages", "a power of two");
  if (!read.ok()) return env.Undefined();
  TaskEventsInit init;
  for (uint64_t cpu : cpus) {
    PerfRing ring;
    int error = ring.Open(WhatTasksDo(), static_cast<int>(cpu), pages);
    if (error == ENODEV) continue;
    if (error != 0) return ThrowErrno(env, "perf_event_open", error, "what processes map, CPU " + std::to_string(cpu));
    init.rings.push_back(std::move(ring));
  }
  return New(env, std::move(init));
}

TaskEventsHandle::TaskEventsHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  rings_ = std::move(init_->rings);
  closed_ = false;
}

Napi::Value TaskEventsHandle::Closed(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), closed_); }

// drain(): the records of all CPUs one after the other, in order for each CPU.
Napi::Value TaskEventsHandle::Drain(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (closed_) return Throw(env, "ERR_CLOSED", "the task events are closed");
  std::vector<uint8_t> records;
  for (PerfRing& ring : rings_) {
    uint64_t begin = ring.Begin();
    uint64_t end = ring.End();
    size_t before = records.size();
    records.resize(before + (end - begin));
    ring.Copy(begin, end - begin, records.data() + before);
    ring.Release(end);
  }
  return Napi::Buffer<uint8_t>::Copy(env, records.data(), records.size());
}

Napi::Value TaskEventsHandle::Close(const Napi::CallbackInfo& info) {
  rings_.clear();
  closed_ = true;
  return info.Env().Undefined();
}
