// A BPF program: of an object, or loaded by itself with loadProgram().
#pragma once

#include <memory>
#include <string>

#include "attach.h"
#include "handle.h"
#include "object.h"

struct ProgramInit {
  std::shared_ptr<ObjectCore> core;  // both, or `fd` and what follows
  bpf_program* program;
  UniqueFd fd;
  std::string name;
  int type;
  int attach_type;
};

class ProgramHandle : public Handle<ProgramHandle, ProgramInit> {
 public:
  static constexpr const char* kName = "Program";
  static constexpr HandleClass kClass = HandleClass::kProgram;

  static void Define(Napi::Env env);
  // loadProgram(options)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  // openProgram({id})
  static Napi::Value OpenExisting(const Napi::CallbackInfo& info);
  explicit ProgramHandle(const Napi::CallbackInfo& info);

  // False with an exception pending when the program is closed, loading or not loaded.
  bool Loaded(Napi::Env env, ProgramRef* ref);

 private:
  bool Unloaded(Napi::Env env);  // false with an exception pending
  int FdOrMinusOne() const;
  bool Closed() const;
  Napi::Value Done(Napi::Env env, const char* operation, int error);

  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value Section(const Napi::CallbackInfo& info);
  Napi::Value Type(const Napi::CallbackInfo& info);
  Napi::Value ExpectedAttachType(const Napi::CallbackInfo& info);
  Napi::Value Autoload(const Napi::CallbackInfo& info);
  Napi::Value Fd(const Napi::CallbackInfo& info);
  Napi::Value Log(const Napi::CallbackInfo& info);

  Napi::Value SetAutoload(const Napi::CallbackInfo& info);
  Napi::Value SetType(const Napi::CallbackInfo& info);
  Napi::Value SetExpectedAttachType(const Napi::CallbackInfo& info);
  Napi::Value SetAttachTarget(const Napi::CallbackInfo& info);
  Napi::Value SetFlags(const Napi::CallbackInfo& info);
  Napi::Value SetLog(const Napi::CallbackInfo& info);

  Napi::Value Info(const Napi::CallbackInfo& info);
  Napi::Value XlatedInsns(const Napi::CallbackInfo& info);
  Napi::Value TestRun(const Napi::CallbackInfo& info);
  Napi::Value Attach(const Napi::CallbackInfo& info);
  Napi::Value Pin(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::string name_;
  std::string section_;
  int type_ = 0;  // of a program without object
  int attach_type_ = 0;
  std::shared_ptr<ObjectCore> core_;
  bpf_program* program_ = nullptr;
  std::shared_ptr<UniqueFd> own_fd_;
};
