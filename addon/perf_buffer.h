// Consumer of a BPF perf event array, the buffer of helpers that cannot write to a ring buffer.
#pragma once

#include <vector>

#include "perf_ring.h"
#include "watched.h"

struct PerfBufferInit {
  std::vector<PerfRing> rings;
  UniqueFd epoll;
  UniqueFd kick;
};

class PerfBufferHandle : public Watched<PerfBufferHandle, PerfBufferInit> {
 public:
  static constexpr const char* kName = "PerfBuffer";
  static constexpr const char* kWords = "perf buffer";
  static constexpr HandleClass kClass = HandleClass::kPerfBuffer;

  static void Define(Napi::Env env);
  // openPerfBuffer(map, cpus, pages)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit PerfBufferHandle(const Napi::CallbackInfo& info);
  ~PerfBufferHandle() override { Release(); }
  bool Open(Napi::Env env);

 private:
  int Descriptor() const override { return epoll_.get(); }
  void Armed() override;
  void Readable() override;
  void Release();
  uint64_t Pending() const;

  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value PendingBytes(const Napi::CallbackInfo& info);
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::vector<PerfRing> rings_;  // of each CPU
  UniqueFd epoll_;               // of the rings and of kick_
  UniqueFd kick_;                // an eventfd
};
