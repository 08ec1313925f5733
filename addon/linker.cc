// BPF objects joined to one by libbpf's linker, which works on files.
#include <bpf/libbpf.h>

#include "args.h"
#include "libbpf_log.h"
#include "machine.h"

// linkObjects(output, inputs)
Napi::Value LinkObjects(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string output = read.String(info[0], "output");
  Napi::Object given = read.Object(info[1], "inputs");
  if (!read.ok()) return env.Undefined();
  std::vector<std::string> inputs;
  uint32_t count = given.IsArray() ? given.As<Napi::Array>().Length() : 0;
  for (uint32_t i = 0; i < count; i++) inputs.push_back(read.String(given.Get(i), "inputs[]"));
  if (!read.ok()) return env.Undefined();

  LibbpfCapture capture(LIBBPF_WARN);
  bpf_linker* linker = bpf_linker__new(output.c_str(), nullptr);
  int err = linker == nullptr ? -errno : 0;
  const char* operation = "bpf_linker__new";
  std::string about = output;
  for (size_t i = 0; i < inputs.size() && err == 0; i++) {
    operation = "bpf_linker__add_file";
    about = inputs[i];
    err = bpf_linker__add_file(linker, about.c_str(), nullptr);
  }
  if (err == 0) {
    operation = "bpf_linker__finalize";
    about = output;
    err = bpf_linker__finalize(linker);
  }
  bpf_linker__free(linker);
  if (err == 0) return env.Undefined();
  Failure failure = Failure::Errno(operation, -err, about);
  for (const std::string& line : capture.warnings) failure.libbpf += (failure.libbpf.empty() ? "" : "\n") + line;
  return Throw(env, failure);
}
