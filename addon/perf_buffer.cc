#include "perf_buffer.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "map.h"

namespace {

constexpr size_t kHeader = 8;  // of a drained record: as the ring buffer's
constexpr size_t kMostPerDrain = 1u << 28;

// Each sample wakes the reader: there is no telling when the next one comes.
perf_event_attr OutputOfPrograms() {
  perf_event_attr attr{};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_BPF_OUTPUT;
  attr.sample_type = PERF_SAMPLE_RAW;
  attr.sample_period = 1;
  attr.wakeup_events = 1;
  return attr;
}

int AddTo(const UniqueFd& epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  return epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

}  // namespace

void PerfBufferHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&PerfBufferHandle::Closed>("closed"),
                    InstanceAccessor<&PerfBufferHandle::PendingBytes>("pendingBytes"),
                    InstanceMethod<&PerfBufferHandle::Drain>("drain"),
                    InstanceMethod("watch", &PerfBufferHandle::Watch),
                    InstanceMethod("rearm", &PerfBufferHandle::Rearm),
                    InstanceMethod("unwatch", &PerfBufferHandle::Unwatch),
                    InstanceMethod("ref", &PerfBufferHandle::RefLoop),
                    InstanceMethod("unref", &PerfBufferHandle::UnrefLoop),
                    InstanceMethod<&PerfBufferHandle::Close>("close"),
                });
}

// A CPU that went offline meanwhile is left out.
Napi::Value PerfBufferHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto* handle = read.Handle<MapHandle>(info[0], "map");
  std::vector<uint64_t> cpus = read.U64s(info[1], "cpus");
  auto pages = static_cast<uint32_t>(read.Integer(info[2], "pages", 1, 1 << 16));
  if (read.ok() && (pages & (pages - 1)) != 0) read.Wrong("pages", "a power of two");
  MapShape map;
  if (!read.ok() || !handle->Ready(env, &map)) return env.Undefined();
  if (map.type != BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
    return Throw(env, "ERR_ARG", "map " + map.name + " is not a perf event array");
  }
  PerfBufferInit init;
  init.epoll = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  if (!init.epoll.valid()) return ThrowErrno(env, "epoll_create1", errno, "perf buffer " + map.name);
  init.kick = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!init.kick.valid()) return ThrowErrno(env, "eventfd", errno, "perf buffer " + map.name);
  if (int error = AddTo(init.epoll, init.kick.get())) {
    return ThrowErrno(env, "epoll_ctl", error, "perf buffer " + map.name);
  }
  for (uint64_t each : cpus) {
    auto cpu = static_cast<uint32_t>(each);
    PerfRing ring;
    int error = ring.Open(OutputOfPrograms(), static_cast<int>(cpu), pages);
    if (error == ENODEV) continue;
    if (error != 0) {
      return ThrowErrno(env, "perf_event_open", error, "perf buffer " + map.name + ", CPU " + std::to_string(cpu));
    }
    int fd = ring.fd();
    error = -bpf_map_update_elem(map.fd, &cpu, &fd, BPF_ANY);
    if (error != 0) return ThrowErrno(env, "bpf_map_update_elem", error, map.name);
    error = AddTo(init.epoll, fd);
    if (error != 0) return ThrowErrno(env, "epoll_ctl", error, "perf buffer " + map.name);
    init.rings.push_back(std::move(ring));
  }
  return New(env, std::move(init));
}

PerfBufferHandle::PerfBufferHandle(const Napi::CallbackInfo& info) : Watched(info) {
  if (init_ == nullptr) return;
  rings_ = std::move(init_->rings);
  epoll_ = std::move(init_->epoll);
  kick_ = std::move(init_->kick);
}

bool PerfBufferHandle::Open(Napi::Env env) {
  if (!epoll_.valid()) Throw(env, "ERR_CLOSED", "the perf buffer is closed");
  return epoll_.valid();
}

void PerfBufferHandle::Release() {
  watch_.Close();
  rings_.clear();
  epoll_.reset();
  kick_.reset();
}

uint64_t PerfBufferHandle::Pending() const {
  uint64_t bytes = 0;
  for (const PerfRing& ring : rings_) bytes += ring.End() - ring.Begin();
  return bytes;
}

// perf_poll() of the kernel says once that a ring was written to, to whoever asks first; registering with epoll asks,
// and forgets the answer. So what came before is told by an eventfd.
void PerfBufferHandle::Armed() {
  if (Pending() > 0) eventfd_write(kick_.get(), 1);
}

void PerfBufferHandle::Readable() {
  eventfd_t count = 0;
  eventfd_read(kick_.get(), &count);
}

// drain(maxBytes, into): records in order for each CPU. What is no sample of a program is passed over: the programs
// count what they could not write.
Napi::Value PerfBufferHandle::Drain(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  args::Reader read(env);
  auto room = static_cast<size_t>(read.Integer(info[0], "maxBytes", 8, kMostPerDrain));
  if (!info[1].IsArrayBuffer()) read.Wrong("into", "an ArrayBuffer");
  if (!read.ok()) return env.Undefined();
  auto into = info[1].As<Napi::ArrayBuffer>();
  auto* out = static_cast<uint8_t*>(into.Data());
  room = std::min(room, into.ByteLength() & ~size_t{7});
  size_t bytes = 0;
  size_t next = 0;
  uint32_t count = 0;
  for (PerfRing& ring : rings_) {
    uint64_t position = ring.Begin();
    uint64_t end = ring.End();
    while (position < end && next == 0) {
      perf_event_header header;
      ring.Copy(position, sizeof(header), &header);
      if (header.type == PERF_RECORD_SAMPLE) {
        uint32_t length = 0;
        ring.Copy(position + sizeof(header), sizeof(length), &length);
        size_t step = (kHeader + length + 7) & ~size_t{7};
        if (step > room - bytes) {
          next = step;
          break;
        }
        const uint32_t clean[2] = {length, 0};
        memcpy(out + bytes, clean, kHeader);
        ring.Copy(position + sizeof(header) + sizeof(length), length, out + bytes + kHeader);
        bytes += step;
        count++;
      }
      position += header.size;
    }
    ring.Release(position);
    if (next != 0) break;
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("buffer", into);
  result.Set("bytes", Napi::Number::New(env, static_cast<double>(bytes)));
  result.Set("count", count);
  result.Set("more", next != 0);
  result.Set("nextBytes", Napi::Number::New(env, static_cast<double>(next)));
  return result;
}

Napi::Value PerfBufferHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !epoll_.valid());
}

Napi::Value PerfBufferHandle::PendingBytes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  return Napi::Number::New(env, static_cast<double>(Pending()));
}

Napi::Value PerfBufferHandle::Close(const Napi::CallbackInfo& info) {
  Forget();
  Release();
  return info.Env().Undefined();
}
