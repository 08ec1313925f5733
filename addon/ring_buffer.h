// Consumer of a BPF ring buffer.
#pragma once

#include "watched.h"

struct RingBufferInit {
  UniqueFd fd;
  uint8_t* consumer;
  const uint8_t* producer;
  size_t size;
};

class RingBufferHandle : public Watched<RingBufferHandle, RingBufferInit> {
 public:
  static constexpr const char* kName = "RingBuffer";
  static constexpr const char* kWords = "ring buffer";
  static constexpr HandleClass kClass = HandleClass::kRingBuffer;

  static void Define(Napi::Env env);
  // openRingBuffer(map)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit RingBufferHandle(const Napi::CallbackInfo& info);
  ~RingBufferHandle() override;
  bool Open(Napi::Env env);

 private:
  struct Run;  // records found ready to copy
  int Descriptor() const override { return fd_.get(); }
  void Release();
  Run Scan(size_t room) const;

  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value SizeBytes(const Napi::CallbackInfo& info);
  Napi::Value PendingBytes(const Napi::CallbackInfo& info);
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  UniqueFd fd_;
  uint8_t* consumer_ = nullptr;        // its page: our position, written by us
  const uint8_t* producer_ = nullptr;  // its page: the kernel's position; the data follow, mapped twice in a row
  size_t size_ = 0;
  uint64_t position_ = 0;
};
