#include "errors.h"

#include <cstring>
#include <utility>

#include "env.h"

namespace {

// enum libbpf_errno, from 4000 on
const char* const kLibbpfNames[] = {"LIBELF", "FORMAT",   "KVERSION", "ENDIAN",   "INTERNAL", "RELOC",  "LOAD",
                                    "VERIFY", "PROG2BIG", "KVER",     "PROGTYPE", "WRNGPID",  "INVSEQ", "NLPARSE"};

void Set(Napi::Object object, const char* name, const std::string& value) {
  if (!value.empty()) object.Set(name, Napi::String::New(object.Env(), value));
}

}  // namespace

std::string ErrnoName(int error) {
  if (error == 524) return "ENOTSUPP";
  if (error >= 4000 && error < 4000 + static_cast<int>(std::size(kLibbpfNames))) {
    return std::string("LIBBPF_ERRNO__") + kLibbpfNames[error - 4000];
  }
  const char* name = strerrorname_np(error);
  return name == nullptr ? "E" + std::to_string(error) : name;
}

Failure Failure::Errno(const char* operation, int error, std::string detail) {
  Failure failure;
  failure.code = ErrnoName(error);
  failure.error = error;
  failure.operation = operation;
  failure.detail = std::move(detail);
  return failure;
}

Failure Failure::Because(const char* code, std::string sentence) {
  Failure failure;
  failure.code = code;
  failure.detail = std::move(sentence);
  return failure;
}

Failure Failure::NotSupported(const char* operation, std::string feature, std::string minimum_kernel, int error) {
  Failure failure;
  failure.code = "ERR_NOT_SUPPORTED";
  failure.error = error;
  failure.operation = operation;
  failure.detail = feature + " is not supported by this kernel";
  failure.feature = std::move(feature);
  failure.minimum_kernel = std::move(minimum_kernel);
  return failure;
}

Napi::Value MakeError(Napi::Env env, const Failure& failure) {
  Napi::Object fields = Napi::Object::New(env);
  fields.Set("code", failure.code);
  fields.Set("errno", failure.error);
  fields.Set("operation", failure.operation);
  fields.Set("detail", failure.detail);
  Set(fields, "program", failure.program);
  Set(fields, "log", failure.log);
  Set(fields, "libbpf", failure.libbpf);
  Set(fields, "feature", failure.feature);
  Set(fields, "minimumKernel", failure.minimum_kernel);

  EnvState* state = env.GetInstanceData<EnvState>();
  if (state != nullptr && !state->error_factory.IsEmpty()) {
    Napi::Value made = state->error_factory.Call({fields});
    if (env.IsExceptionPending()) return env.GetAndClearPendingException().Value();
    if (made.IsObject()) return made;
  }
  std::string message = failure.operation;
  if (!failure.detail.empty()) message += (message.empty() ? "" : ": ") + failure.detail;
  if (failure.error != 0) message += std::string(": ") + strerror(failure.error);
  Napi::Object error = Napi::Error::New(env, message).Value();
  error.Set("code", failure.code);
  error.Set("errno", failure.error);
  error.Set("operation", failure.operation);
  return error;
}

Napi::Value Throw(Napi::Env env, const Failure& failure) {
  if (!env.IsExceptionPending()) napi_throw(env, MakeError(env, failure));
  return env.Undefined();
}

Napi::Value Throw(Napi::Env env, const char* code, std::string sentence) {
  return Throw(env, Failure::Because(code, std::move(sentence)));
}

Napi::Value ThrowErrno(Napi::Env env, const char* operation, int error, std::string detail) {
  return Throw(env, Failure::Errno(operation, error, std::move(detail)));
}
