#include "ring_buffer.h"

#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "args.h"
#include "attach.h"
#include "map.h"

// Memory layout and protocol: kernel/bpf/ringbuf.c. A record is u32 length | flags, u32 page offset, payload, padding
// to 8; it lies in one piece because the data pages are mapped twice. Flags are cleared (busy) or set (discard) by the
// producer's commit.
namespace {

constexpr size_t kHeader = BPF_RINGBUF_HDR_SZ;
constexpr size_t kMostPerDrain = 1u << 28;

uint64_t LoadAcquire64(const uint8_t* at) {
  return __atomic_load_n(reinterpret_cast<const uint64_t*>(at), __ATOMIC_ACQUIRE);
}
uint32_t LoadAcquire32(const uint8_t* at) {
  return __atomic_load_n(reinterpret_cast<const uint32_t*>(at), __ATOMIC_ACQUIRE);
}
void StoreRelease64(uint8_t* at, uint64_t value) {
  __atomic_store_n(reinterpret_cast<uint64_t*>(at), value, __ATOMIC_RELEASE);
}

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

void RingBufferHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&RingBufferHandle::Closed>("closed"),
                    InstanceAccessor<&RingBufferHandle::SizeBytes>("sizeBytes"),
                    InstanceAccessor<&RingBufferHandle::PendingBytes>("pendingBytes"),
                    InstanceMethod<&RingBufferHandle::Drain>("drain"),
                    InstanceMethod("watch", &RingBufferHandle::Watch),
                    InstanceMethod("rearm", &RingBufferHandle::Rearm),
                    InstanceMethod("unwatch", &RingBufferHandle::Unwatch),
                    InstanceMethod("ref", &RingBufferHandle::RefLoop),
                    InstanceMethod("unref", &RingBufferHandle::UnrefLoop),
                    InstanceMethod<&RingBufferHandle::Close>("close"),
                });
}

Napi::Value RingBufferHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto* handle = read.Handle<MapHandle>(info[0], "map");
  MapShape map;
  if (handle == nullptr || !handle->Ready(env, &map)) return env.Undefined();
  if (map.type != BPF_MAP_TYPE_RINGBUF) return Throw(env, "ERR_ARG", "map " + map.name + " is not a ring buffer");
  UniqueFd fd = DuplicateFd(map.fd);
  if (!fd.valid()) return ThrowErrno(env, "dup", errno, map.name);
  size_t page = PageSize();
  void* consumer = mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (consumer == MAP_FAILED) return ThrowErrno(env, "mmap", errno, "ring buffer " + map.name);
  size_t size = map.max_entries;
  void* producer = mmap(nullptr, page + 2 * size, PROT_READ, MAP_SHARED, fd.get(), static_cast<off_t>(page));
  if (producer == MAP_FAILED) {
    int error = errno;
    munmap(consumer, page);
    return ThrowErrno(env, "mmap", error, "ring buffer " + map.name);
  }
  return New(env, {std::move(fd), static_cast<uint8_t*>(consumer), static_cast<const uint8_t*>(producer), size});
}

RingBufferHandle::RingBufferHandle(const Napi::CallbackInfo& info) : Watched(info) {
  if (init_ == nullptr) return;
  fd_ = std::move(init_->fd);
  consumer_ = init_->consumer;
  producer_ = init_->producer;
  size_ = init_->size;
  position_ = LoadAcquire64(consumer_);
}

RingBufferHandle::~RingBufferHandle() { Release(); }

void RingBufferHandle::Release() {
  watch_.Close();
  if (consumer_ != nullptr) {
    munmap(consumer_, PageSize());
    munmap(const_cast<uint8_t*>(producer_), PageSize() + 2 * size_);
    consumer_ = nullptr;
    producer_ = nullptr;
  }
  fd_.reset();
}

bool RingBufferHandle::Open(Napi::Env env) {
  if (consumer_ == nullptr) Throw(env, "ERR_CLOSED", "the ring buffer is closed");
  return consumer_ != nullptr;
}

// Records from our position on, up to `room` bytes of output.
struct RingBufferHandle::Run {
  size_t bytes = 0;  // of output
  uint32_t count = 0;
  uint64_t end = 0;   // position after the last one
  uint32_t next = 0;  // output size of the complete record that did not fit
};

RingBufferHandle::Run RingBufferHandle::Scan(size_t room) const {
  Run run;
  run.end = position_;
  const uint8_t* data = producer_ + PageSize();
  uint64_t position = position_;
  uint64_t produced = LoadAcquire64(producer_);
  while (position < produced) {
    uint32_t header = LoadAcquire32(data + (position & (size_ - 1)));
    if ((header & BPF_RINGBUF_BUSY_BIT) != 0) break;
    uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    uint32_t step = static_cast<uint32_t>((length + kHeader + 7) & ~size_t{7});
    if ((header & BPF_RINGBUF_DISCARD_BIT) == 0) {
      if (step > room - run.bytes) {
        run.next = step;
        break;
      }
      run.bytes += step;
      run.count++;
    }
    position += step;
    run.end = position;
  }
  return run;
}

// drain(maxBytes, into?). Two passes over the headers when the buffer has to be made: the first tells its size.
Napi::Value RingBufferHandle::Drain(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  args::Reader read(env);
  auto room = static_cast<size_t>(read.Integer(info[0], "maxBytes", 8, kMostPerDrain));
  Napi::ArrayBuffer into;
  if (!args::Reader::Missing(info[1])) {
    if (info[1].IsArrayBuffer()) {
      into = info[1].As<Napi::ArrayBuffer>();
      room = std::min(room, into.ByteLength() & ~size_t{7});
    } else {
      read.Wrong("into", "an ArrayBuffer");
    }
  }
  if (!read.ok()) return env.Undefined();
  Run run = Scan(room);
  if (into.IsEmpty()) into = Napi::ArrayBuffer::New(env, run.bytes);
  if (into.IsEmpty()) return env.Undefined();  // no memory, or the worker is being terminated

  auto* out = static_cast<uint8_t*>(into.Data());
  const uint8_t* data = producer_ + PageSize();
  while (position_ < run.end) {
    const uint8_t* record = data + (position_ & (size_ - 1));
    uint32_t header = *reinterpret_cast<const uint32_t*>(record);
    uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
    size_t step = (length + kHeader + 7) & ~size_t{7};
    if ((header & BPF_RINGBUF_DISCARD_BIT) == 0) {
      const uint32_t clean[2] = {length, 0};
      memcpy(out, clean, kHeader);
      memcpy(out + kHeader, record + kHeader, step - kHeader);
      out += step;
    }
    position_ += step;
  }
  StoreRelease64(consumer_, position_);

  Napi::Object result = Napi::Object::New(env);
  result.Set("buffer", into);
  result.Set("bytes", Napi::Number::New(env, static_cast<double>(run.bytes)));
  result.Set("count", run.count);
  result.Set("more", run.next != 0);
  result.Set("nextBytes", run.next);
  return result;
}

Napi::Value RingBufferHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), consumer_ == nullptr);
}

Napi::Value RingBufferHandle::SizeBytes(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(size_));
}

Napi::Value RingBufferHandle::PendingBytes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!Open(env)) return env.Undefined();
  return Napi::Number::New(env, static_cast<double>(LoadAcquire64(producer_) - position_));
}

Napi::Value RingBufferHandle::Close(const Napi::CallbackInfo& info) {
  Forget();
  Release();
  return info.Env().Undefined();
}
