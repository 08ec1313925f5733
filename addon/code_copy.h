// Instructions in a file of their own that this process maps executable and never runs. A user probe put there shows
// whether the kernel takes the instruction, while nobody can be hit by it.
#pragma once

#include "handle.h"

struct CodeCopyInit {
  UniqueFd fd;
  void* mapped;
  size_t size;
};

class CodeCopyHandle : public Handle<CodeCopyHandle, CodeCopyInit> {
 public:
  static constexpr const char* kName = "CodeCopy";
  static constexpr HandleClass kClass = HandleClass::kCodeCopy;

  static void Define(Napi::Env env);
  // copyCode(code)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit CodeCopyHandle(const Napi::CallbackInfo& info);
  ~CodeCopyHandle() override;

 private:
  void Release();
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Path(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  UniqueFd fd_;
  void* mapped_ = nullptr;
  size_t size_ = 0;
};
