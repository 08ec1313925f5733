// Consumer of a BPF ring buffer.
#pragma once

#include "handle.h"

struct RingBufferInit {
  UniqueFd fd;
  uint8_t* consumer;
  const uint8_t* producer;
  size_t size;
};

class RingBufferHandle : public Handle<RingBufferHandle, RingBufferInit> {
 public:
  static constexpr const char* kName = "RingBuffer";
  static constexpr HandleClass kClass = HandleClass::kRingBuffer;

  static void Define(Napi::Env env);
  // openRingBuffer(map)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit RingBufferHandle(const Napi::CallbackInfo& info);
  ~RingBufferHandle() override;

 private:
  struct Run;  // records found ready to copy
  bool Open(Napi::Env env);
  void Release();
  void OnReadable();
  void Pin(bool pinned);  // keeps this object from being collected while it watches
  Run Scan(size_t room) const;
  Napi::Value Arm(Napi::Env env);

  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value SizeBytes(const Napi::CallbackInfo& info);
  Napi::Value PendingBytes(const Napi::CallbackInfo& info);
  Napi::Value Drain(const Napi::CallbackInfo& info);
  Napi::Value Watch(const Napi::CallbackInfo& info);
  Napi::Value Rearm(const Napi::CallbackInfo& info);
  Napi::Value Unwatch(const Napi::CallbackInfo& info);
  Napi::Value RefLoop(const Napi::CallbackInfo& info);
  Napi::Value UnrefLoop(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  UniqueFd fd_;
  uint8_t* consumer_ = nullptr;        // its page: our position, written by us
  const uint8_t* producer_ = nullptr;  // its page: the kernel's position; the data follow, mapped twice in a row
  size_t size_ = 0;
  uint64_t position_ = 0;
  FdWatch watch_;
  Napi::FunctionReference callback_;
  bool pinned_ = false;
  bool referenced_ = true;
};
