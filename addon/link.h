// A program attached somewhere.
#pragma once

#include <memory>

#include "attach.h"
#include "handle.h"

struct LinkInit {
  std::shared_ptr<LinkCore> core;
};

class LinkHandle : public Handle<LinkHandle, LinkInit> {
 public:
  static constexpr const char* kName = "Link";
  static constexpr HandleClass kClass = HandleClass::kLink;

  static void Define(Napi::Env env);
  explicit LinkHandle(const Napi::CallbackInfo& info);

  // For CloseJob: closed for JavaScript from here on. Null when it was closed before.
  std::shared_ptr<LinkCore> Take() { return std::move(core_); }
  // What runs the program, stopped. The event that it hangs on stays with the handle; without one the handle is closed.
  std::shared_ptr<LinkCore> TakeProgram();

 private:
  bool Open(Napi::Env env);      // false with ERR_CLOSED pending
  bool OpenIter(Napi::Env env);  // false with an exception pending

  Napi::Value Kind(const Napi::CallbackInfo& info);
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Fd(const Napi::CallbackInfo& info);
  Napi::Value Missed(const Napi::CallbackInfo& info);
  Napi::Value Disable(const Napi::CallbackInfo& info);
  Napi::Value Enable(const Napi::CallbackInfo& info);
  Napi::Value Pin(const Napi::CallbackInfo& info);
  Napi::Value ReadIter(const Napi::CallbackInfo& info);
  Napi::Value ReadIterAsync(const Napi::CallbackInfo& info);
  Napi::Value CreateIterFd(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  AttachKind kind_ = AttachKind::kTracepoint;
  std::shared_ptr<LinkCore> core_;
  bool program_taken_ = false;
};
