// Base of handles that call back when there is something to read.
#pragma once

#include <string>
#include <utility>

#include "args.h"
#include "attach.h"
#include "handle.h"

// T has `bool Open(Napi::Env)`, which throws where the handle is closed, and `static constexpr const char* kWords`,
// which names it in messages.
template <class T, class Init>
class Watched : public Handle<T, Init> {
 public:
  explicit Watched(const Napi::CallbackInfo& info) : Handle<T, Init>(info) {}

  // watch(onReadable): called once; the descriptor is then no longer watched until rearm().
  Napi::Value Watch(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    args::Reader read(env);
    Napi::Function callback = read.Function(info[0], "onReadable");
    if (!read.ok() || !Self()->Open(env)) return env.Undefined();
    callback_ = Napi::Persistent(callback);
    return Arm(env);
  }

  Napi::Value Rearm(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!Self()->Open(env)) return env.Undefined();
    if (callback_.IsEmpty()) return Throw(env, "ERR_ARG", "rearm() needs an earlier watch()");
    return Arm(env);
  }

  Napi::Value Unwatch(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!Self()->Open(env)) return env.Undefined();
    watch_.Stop();
    Forget();
    return env.Undefined();
  }

  Napi::Value RefLoop(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!Self()->Open(env)) return env.Undefined();
    referenced_ = true;
    watch_.Ref();
    return env.Undefined();
  }

  Napi::Value UnrefLoop(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (!Self()->Open(env)) return env.Undefined();
    referenced_ = false;
    watch_.Unref();
    return env.Undefined();
  }

 protected:
  // What is watched: readable while there is something to read.
  virtual int Descriptor() const = 0;
  virtual void Armed() {}
  virtual void Readable() {}

  // The callback is never called again.
  void Forget() {
    Pin(false);
    callback_.Reset();
  }

  FdWatch watch_;

 private:
  T* Self() { return static_cast<T*>(this); }

  void OnReadable() {
    Napi::Env env = this->Env();
    Napi::HandleScope scope(env);
    watch_.Stop();
    Readable();
    [[maybe_unused]] Napi::Value self = this->Value();  // alive while the callback runs, whatever it does
    Pin(false);
    CallFromLoop(env, callback_, {});
  }

  // Keeps this object from being collected while it watches.
  void Pin(bool pinned) {
    if (pinned == pinned_) return;
    pinned_ = pinned;
    if (pinned) {
      this->Ref();
    } else {
      this->Unref();
    }
  }

  Napi::Value Arm(Napi::Env env) {
    if (!watch_.open()) {
      UniqueFd fd = DuplicateFd(Descriptor());
      if (!fd.valid()) return ThrowErrno(env, "dup", errno, T::kWords);
      int error = watch_.Open(EnvState::Of(env), std::move(fd), [this] { OnReadable(); });
      if (error != 0) return ThrowErrno(env, "uv_poll_init", -error, T::kWords);
      if (!referenced_) watch_.Unref();
    }
    int error = watch_.Start();
    if (error != 0) return ThrowErrno(env, "uv_poll_start", -error, T::kWords);
    Pin(true);
    Armed();
    return env.Undefined();
  }

  Napi::FunctionReference callback_;
  bool pinned_ = false;
  bool referenced_ = true;
};
