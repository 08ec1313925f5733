// Base of every class that JavaScript sees: made only by the addon, recognised by its type tag.
#pragma once

#include <napi.h>

#include <string>
#include <utility>

#include "env.h"
#include "errors.h"

// T has `static constexpr const char* kName` and `static constexpr HandleClass kClass`; Init is what its constructor
// takes over.
template <class T, class Init>
class Handle : public Napi::ObjectWrap<T> {
 public:
  explicit Handle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<T>(info) {
    // `new handle.constructor()` comes here without what New() passes
    if (pending_ == nullptr) {
      Throw(info.Env(), "ERR_ARG", std::string(T::kName) + " cannot be constructed");
      return;
    }
    napi_type_tag tag = Tag();
    napi_type_tag_object(info.Env(), info.This(), &tag);
    init_ = std::exchange(pending_, nullptr);
  }

  // The new JavaScript object, or empty with an exception pending.
  static Napi::Object New(Napi::Env env, Init init) {
    pending_ = &init;
    Napi::Object object = EnvState::Of(env)->constructors[static_cast<int>(T::kClass)].New({});
    pending_ = nullptr;
    return object;
  }

  // The C++ side of a JavaScript value, null when it is something else.
  static T* From(const Napi::Value& value) {
    if (!value.IsObject()) return nullptr;
    napi_type_tag tag = Tag();
    bool same = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(value.Env(), value, &tag, &same) != napi_ok || !same) return nullptr;
    if (napi_unwrap(value.Env(), value, &data) != napi_ok) return nullptr;
    return static_cast<T*>(data);
  }

 protected:
  static void Register(Napi::Env env, std::initializer_list<Napi::ClassPropertyDescriptor<T>> properties) {
    Napi::Function constructor = T::DefineClass(env, T::kName, properties);
    EnvState::Of(env)->constructors[static_cast<int>(T::kClass)] = Napi::Persistent(constructor);
  }

  // What New() was given; null when JavaScript called the constructor (an exception is then pending).
  Init* init_ = nullptr;

 private:
  static napi_type_tag Tag() { return {0x7462706661646f6eull, static_cast<uint64_t>(T::kClass) + 1}; }
  static thread_local Init* pending_;
};

template <class T, class Init>
thread_local Init* Handle<T, Init>::pending_ = nullptr;
