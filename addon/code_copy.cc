#include "code_copy.h"

#include <sys/mman.h>

#include <cerrno>

#include "args.h"

void CodeCopyHandle::Define(Napi::Env env) {
  Register(env, {
                    InstanceAccessor<&CodeCopyHandle::Closed>("closed"),
                    InstanceAccessor<&CodeCopyHandle::Path>("path"),
                    InstanceMethod<&CodeCopyHandle::Close>("close"),
                });
}

CodeCopyHandle::CodeCopyHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ == nullptr) return;
  fd_ = std::move(init_->fd);
  mapped_ = init_->mapped;
  size_ = init_->size;
}

CodeCopyHandle::~CodeCopyHandle() { Release(); }

Napi::Value CodeCopyHandle::Create(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto code = read.Bytes(info[0], "code");
  if (read.ok() && code.size == 0) read.Wrong("code", "not empty");
  if (!read.ok()) return env.Undefined();
  UniqueFd fd(memfd_create("tbpf_code", MFD_CLOEXEC));
  if (!fd.valid()) return ThrowErrno(env, "memfd_create", errno, "a copy of code");
  for (size_t done = 0; done < code.size;) {
    ssize_t written = pwrite(fd.get(), code.data + done, code.size - done, static_cast<off_t>(done));
    if (written < 0) return ThrowErrno(env, "pwrite", errno, "a copy of code");
    done += static_cast<size_t>(written);
  }
  // private: the kernel puts breakpoints into a process's own pages, never into those of the file
  void* mapped = mmap(nullptr, code.size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd.get(), 0);
  if (mapped == MAP_FAILED) return ThrowErrno(env, "mmap", errno, "a copy of code");
  return New(env, {std::move(fd), mapped, code.size});
}

void CodeCopyHandle::Release() {
  if (mapped_ != nullptr) munmap(mapped_, size_);
  mapped_ = nullptr;
  fd_.reset();
}

Napi::Value CodeCopyHandle::Closed(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), !fd_.valid());
}

Napi::Value CodeCopyHandle::Path(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!fd_.valid()) return Throw(env, "ERR_CLOSED", "the copy of code is closed");
  return Napi::String::New(env, "/proc/self/fd/" + std::to_string(fd_.get()));
}

Napi::Value CodeCopyHandle::Close(const Napi::CallbackInfo& info) {
  Release();
  return info.Env().Undefined();
}
