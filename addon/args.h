// Typed readers of arguments. The first wrong one throws ERR_ARG; later reads then do nothing, so a method reads all it
// needs and asks ok() once.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "errors.h"
#include "handle.h"

namespace args {

constexpr uint32_t kMaxElements = 1u << 22;

struct ByteView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

class Reader {
 public:
  explicit Reader(Napi::Env env) : env_(env) {}

  bool ok() const { return ok_; }

  // An optional argument left out.
  static bool Missing(const Napi::Value& value) { return value.IsEmpty() || value.IsUndefined() || value.IsNull(); }

  // A field of an options object; undefined when there is none.
  Napi::Value Field(const Napi::Object& object, const char* name) {
    if (!ok_ || object.IsEmpty()) return env_.Undefined();
    Napi::Value value = object.Get(name);
    if (env_.IsExceptionPending()) {  // a getter threw: let that error through
      ok_ = false;
      return env_.Undefined();
    }
    return value;
  }

  Napi::Object Object(const Napi::Value& value, const char* name) {
    if (ok_ && (!value.IsObject() || value.IsFunction())) Wrong(name, "an object");
    return ok_ ? value.As<Napi::Object>() : Napi::Object();
  }
  // No options at all: an empty Object, whose fields are all missing.
  Napi::Object ObjectOr(const Napi::Value& value, const char* name) {
    return Missing(value) ? Napi::Object() : Object(value, name);
  }

  Napi::Function Function(const Napi::Value& value, const char* name) {
    if (ok_ && !value.IsFunction()) Wrong(name, "a function");
    return ok_ ? value.As<Napi::Function>() : Napi::Function();
  }

  bool Bool(const Napi::Value& value, const char* name) {
    if (ok_ && !value.IsBoolean()) Wrong(name, "true or false");
    return ok_ && value.As<Napi::Boolean>().Value();
  }
  bool BoolOr(const Napi::Value& value, const char* name, bool fallback) {
    return Missing(value) ? fallback : Bool(value, name);
  }

  // Strings go to C: no NUL inside, not empty.
  std::string String(const Napi::Value& value, const char* name, bool may_be_empty = false) {
    if (ok_ && !value.IsString()) Wrong(name, "a string");
    if (!ok_) return {};
    std::string text = value.As<Napi::String>().Utf8Value();
    if (text.find('\0') != std::string::npos) Wrong(name, "a string without NUL inside");
    if (text.empty() && !may_be_empty) Wrong(name, "a string that is not empty");
    return text;
  }
  std::string StringOr(const Napi::Value& value, const char* name, const char* fallback) {
    return Missing(value) ? fallback : String(value, name);
  }

  int64_t Integer(const Napi::Value& value, const char* name, int64_t low, int64_t high) {
    if (!ok_) return 0;
    double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
    if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high)) || number != std::floor(number)) {
      Wrong(name, ("an integer from " + std::to_string(low) + " to " + std::to_string(high)).c_str());
      return 0;
    }
    return static_cast<int64_t>(number);
  }
  uint32_t U32(const Napi::Value& value, const char* name) {
    return static_cast<uint32_t>(Integer(value, name, 0, UINT32_MAX));
  }
  uint32_t U32Or(const Napi::Value& value, const char* name, uint32_t fallback) {
    return Missing(value) ? fallback : U32(value, name);
  }
  int I32(const Napi::Value& value, const char* name) {
    return static_cast<int>(Integer(value, name, INT32_MIN, INT32_MAX));
  }
  int I32Or(const Napi::Value& value, const char* name, int fallback) {
    return Missing(value) ? fallback : I32(value, name);
  }

  // 64 bits: a bigint of either sign, or a safe non-negative number.
  uint64_t U64(const Napi::Value& value, const char* name) {
    if (!ok_) return 0;
    if (value.IsBigInt()) {
      bool lossless = false;
      uint64_t bits = value.As<Napi::BigInt>().Uint64Value(&lossless);
      if (!lossless) bits = static_cast<uint64_t>(value.As<Napi::BigInt>().Int64Value(&lossless));
      if (!lossless) Wrong(name, "a bigint of at most 64 bits");
      return bits;
    }
    double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
    if (!(number >= 0 && number <= 9007199254740991.0) || number != std::floor(number)) {
      Wrong(name, "a bigint or a safe non-negative integer");
      return 0;
    }
    return static_cast<uint64_t>(number);
  }
  uint64_t U64Or(const Napi::Value& value, const char* name, uint64_t fallback) {
    return Missing(value) ? fallback : U64(value, name);
  }

  // Points into JavaScript's memory: valid until the method returns or runs JavaScript.
  ByteView Bytes(const Napi::Value& value, const char* name) {
    ByteView view;
    if (!ok_) return view;
    napi_typedarray_type type = napi_int8_array;
    void* data = nullptr;
    if (!value.IsTypedArray() ||
        napi_get_typedarray_info(env_, value, &type, &view.size, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array) {
      Wrong(name, "a Uint8Array");
      return {};
    }
    view.data = static_cast<const uint8_t*>(data);
    return view;
  }
  ByteView BytesOr(const Napi::Value& value, const char* name) {
    return Missing(value) ? ByteView{} : Bytes(value, name);
  }
  // Exactly `size` bytes.
  const uint8_t* Bytes(const Napi::Value& value, const char* name, size_t size) {
    ByteView view = Bytes(value, name);
    if (ok_ && view.size != size) {
      Wrong(name, (std::to_string(size) + " bytes long, not " + std::to_string(view.size)).c_str());
    }
    static const uint8_t kNothing[1] = {0};  // an empty typed array has no address
    return !ok_ ? nullptr : view.data == nullptr ? kNothing : view.data;
  }

  Napi::Array Array(const Napi::Value& value, const char* name) {
    if (ok_ && (!value.IsArray() || value.As<Napi::Array>().Length() > kMaxElements)) {
      Wrong(name, "an array of at most 4194304 elements");
    }
    return ok_ ? value.As<Napi::Array>() : Napi::Array();
  }
  std::vector<std::string> Strings(const Napi::Value& value, const char* name, bool may_be_empty = false) {
    std::vector<std::string> strings;
    Napi::Array array = Array(value, name);
    for (uint32_t i = 0; ok_ && i < array.Length(); i++)
      strings.push_back(String(Element(array, i), name, may_be_empty));
    return strings;
  }
  std::vector<uint64_t> U64s(const Napi::Value& value, const char* name) {
    std::vector<uint64_t> numbers;
    napi_typedarray_type type = napi_int8_array;
    size_t count = 0;
    void* data = nullptr;
    if (ok_ && value.IsTypedArray() &&
        napi_get_typedarray_info(env_, value, &type, &count, &data, nullptr, nullptr) == napi_ok &&
        type == napi_biguint64_array && count <= kMaxElements) {
      const auto* first = static_cast<const uint64_t*>(data);
      if (count != 0) numbers.assign(first, first + count);
      return numbers;
    }
    Napi::Array array = Array(value, name);
    for (uint32_t i = 0; ok_ && i < array.Length(); i++) numbers.push_back(U64(Element(array, i), name));
    return numbers;
  }
  Napi::Value Element(const Napi::Array& array, uint32_t index) {
    Napi::Value value = array.Get(index);
    if (!env_.IsExceptionPending()) return value;
    ok_ = false;
    return env_.Undefined();
  }

  // One of our own handles, checked by its type tag.
  template <class T>
  T* Handle(const Napi::Value& value, const char* name) {
    T* handle = ok_ ? T::From(value) : nullptr;
    if (ok_ && handle == nullptr) Wrong(name, (std::string("a ") + T::kName).c_str());
    return handle;
  }

  void Wrong(const char* name, const char* wanted) { Fail("ERR_ARG", std::string(name) + " must be " + wanted); }
  void Fail(const char* code, std::string sentence) {
    if (ok_) Throw(env_, code, std::move(sentence));
    ok_ = false;
  }
  void FailErrno(const char* operation, int error, std::string detail) {
    if (ok_) ThrowErrno(env_, operation, error, std::move(detail));
    ok_ = false;
  }

 private:
  Napi::Env env_;
  bool ok_ = true;
};

}  // namespace args
