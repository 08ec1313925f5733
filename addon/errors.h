// Failures on their way to JavaScript. errors.cc is the one place that throws.
#pragma once

#include <napi.h>

#include <string>

// Everything known of one failure; plain data, so that threads of the pool can fill one in.
struct Failure {
  std::string code;       // errno name, or ERR_*
  int error = 0;          // positive errno, 0 for ERR_*
  std::string operation;  // the call that failed
  std::string detail;     // what it was about; for ERR_* the whole sentence
  std::string program;    // loading: the program refused
  std::string log;        // loading: the verifier's log
  std::string libbpf;     // libbpf's warnings meanwhile
  std::string feature;    // ERR_NOT_SUPPORTED
  std::string minimum_kernel;

  bool failed() const { return !code.empty(); }

  static Failure Errno(const char* operation, int error, std::string detail);
  static Failure Because(const char* code, std::string sentence);
  static Failure NotSupported(const char* operation, std::string feature, std::string minimum_kernel, int error);
};

// Name of an errno, libbpf's own (4000 and up) and the kernel's ENOTSUPP included.
std::string ErrnoName(int error);

// Turns a failure into a JavaScript Error: by the factory that lib/runtime/native installed, else a plain one.
Napi::Value MakeError(Napi::Env env, const Failure& failure);

// All return undefined, so that a method can end with `return Throw…`.
Napi::Value Throw(Napi::Env env, const Failure& failure);
Napi::Value Throw(Napi::Env env, const char* code, std::string sentence);
Napi::Value ThrowErrno(Napi::Env env, const char* operation, int error, std::string detail);
