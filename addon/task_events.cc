#include "task_events.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "args.h"

namespace {

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

TaskRing::TaskRing(TaskRing&& other) noexcept
    : fd_(std::move(other.fd_)), base_(std::exchange(other.base_, nullptr)), bytes_(other.bytes_) {}

TaskRing::~TaskRing() {
  if (base_ != nullptr) munmap(base_, PageSize() + bytes_);
}

// The event itself never counts: it is there for the records that come along with any event. Their times are of one
// clock for all CPUs, so that records of a process that moved between CPUs can be put in order.
int TaskRing::Open(int cpu, uint32_t pages) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
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
  fd_.reset(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd_.valid()) return errno;
  bytes_ = pages * PageSize();
  void* base = mmap(nullptr, PageSize() + bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (base == MAP_FAILED) return errno;
  base_ = static_cast<uint8_t*>(base);
  return 0;
}

void TaskRing::Drain(std::vector<uint8_t>* out) {
  auto* page = reinterpret_cast<perf_event_mmap_page*>(base_);
  const uint8_t* data = base_ + PageSize();
  uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
  uint64_t tail = page->data_tail;
  while (tail < head) {
    size_t at = tail % bytes_;
    size_t run = std::min<size_t>(head - tail, bytes_ - at);
    out->insert(out->end(), data + at, data + at + run);
    tail += run;
  }
  __atomic_store_n(&page->data_tail, tail, __ATOMIC_RELEASE);
}

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
    TaskRing ring;
    int error = ring.Open(static_cast<int>(cpu), pages);
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
  for (TaskRing& ring : rings_) ring.Drain(&records);
  return Napi::Buffer<uint8_t>::Copy(env, records.data(), records.size());
}

Napi::Value TaskEventsHandle::Close(const Napi::CallbackInfo& info) {
  rings_.clear();
  closed_ = true;
  return info.Env().Undefined();
}
