// A BPF object: an ELF file opened by libbpf, then loaded.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "handle.h"

// Memory for a verifier log: address space only, until the kernel writes to it.
class LogBuffer {
 public:
  LogBuffer() = default;
  explicit LogBuffer(size_t size);  // data() is null when there is no memory
  LogBuffer(LogBuffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}
  LogBuffer& operator=(LogBuffer&& other) noexcept;
  ~LogBuffer();

  char* data() const { return data_; }
  size_t size() const { return size_; }
  std::string text() const;

 private:
  char* data_ = nullptr;
  size_t size_ = 0;
};

// Shared by the object's handle and those of its programs and maps. Used on the environment's thread; while `loading`,
// a thread of the pool works with `live`.
struct ObjectCore {
  std::shared_ptr<bpf_object> live;  // null once closed; attachments in progress hold it a little longer
  std::string name;
  bool loading = false;
  bool loaded = false;
  bool closing = false;  // close() came; while loading, it waits
  libbpf_print_level level = LIBBPF_WARN;
  std::vector<std::string> libbpf_lines;
  std::vector<UniqueFd> targets;                           // programs that programs of this object are attached to
  LogBuffer failure_log;                                   // for the program that is refused
  std::unordered_map<const bpf_program*, LogBuffer> logs;  // of programs whose log was asked for

  bool closed() const { return live == nullptr || closing; }
  // False with ERR_CLOSED or ERR_BUSY pending.
  bool Usable(Napi::Env env) const;
  // False with ERR_BUSY pending: a thread works with what a property would read.
  bool Idle(Napi::Env env) const;
  void Close();
};

struct ObjectInit {
  std::shared_ptr<ObjectCore> core;
};

class ObjectHandle : public Handle<ObjectHandle, ObjectInit> {
 public:
  static constexpr const char* kName = "Object";
  static constexpr HandleClass kClass = HandleClass::kObject;

  static void Define(Napi::Env env);
  // openObject(elf, options?)
  static Napi::Value Create(const Napi::CallbackInfo& info);
  explicit ObjectHandle(const Napi::CallbackInfo& info);

 private:
  bool MakeLists(Napi::Env env);

  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value Closed(const Napi::CallbackInfo& info);
  Napi::Value Loaded(const Napi::CallbackInfo& info);
  Napi::Value Programs(const Napi::CallbackInfo& info);
  Napi::Value Maps(const Napi::CallbackInfo& info);
  Napi::Value Program(const Napi::CallbackInfo& info);
  Napi::Value Map(const Napi::CallbackInfo& info);
  Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value LoadAsync(const Napi::CallbackInfo& info);
  Napi::Value TakeLibbpfLog(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::shared_ptr<ObjectCore> core_;
  Napi::Reference<Napi::Array> programs_;
  Napi::Reference<Napi::Array> maps_;
  std::unordered_map<std::string, uint32_t> program_index_;
  std::unordered_map<std::string, uint32_t> map_index_;
};
