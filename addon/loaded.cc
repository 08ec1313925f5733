// BPF programs that the kernel has, whoever loaded them.
#include "loaded.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <linux/bpf.h>

#include <cerrno>
#include <string>
#include <vector>

#include "env.h"

namespace {

struct BtfDeleter {
  void operator()(btf* types) const { btf__free(types); }
};

// Names of the functions of a program, its own first; empty when it was loaded without types. The kernel keeps 15
// characters of a program's name, types have all of it.
std::vector<std::string> FunctionNames(int fd, const bpf_prog_info& known) {
  std::vector<std::string> names;
  if (known.btf_id == 0 || known.nr_func_info == 0 || known.func_info_rec_size < sizeof(uint32_t) * 2) return names;
  bpf_prog_info info{};
  std::vector<uint8_t> records(static_cast<size_t>(known.nr_func_info) * known.func_info_rec_size);
  info.nr_func_info = known.nr_func_info;
  info.func_info_rec_size = known.func_info_rec_size;
  info.func_info = reinterpret_cast<uint64_t>(records.data());
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) return names;
  std::unique_ptr<btf, BtfDeleter> types(btf__load_from_kernel_by_id(known.btf_id));
  if (types == nullptr) return names;
  for (uint32_t i = 0; i < known.nr_func_info; i++) {
    const auto* record =
        reinterpret_cast<const bpf_func_info*>(records.data() + static_cast<size_t>(i) * known.func_info_rec_size);
    const btf_type* function = btf__type_by_id(types.get(), record->type_id);
    const char* name = function == nullptr ? nullptr : btf__name_by_offset(types.get(), function->name_off);
    names.emplace_back(name == nullptr ? "" : name);
  }
  return names;
}

}  // namespace

// loadedPrograms(): { id, type, name, functions }[]. Programs that go away meanwhile are left out.
Napi::Value LoadedPrograms(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    UniqueFd fd(bpf_prog_get_fd_by_id(id));
    if (!fd.valid()) {
      if (errno == ENOENT) continue;
      return ThrowErrno(env, "bpf_prog_get_fd_by_id", errno, "program " + std::to_string(id));
    }
    bpf_prog_info data{};
    uint32_t size = sizeof(data);
    if (bpf_obj_get_info_by_fd(fd.get(), &data, &size) != 0)
      return ThrowErrno(env, "bpf_obj_get_info_by_fd", errno, "program " + std::to_string(id));
    Napi::Array functions = Napi::Array::New(env);
    for (const std::string& name : FunctionNames(fd.get(), data))
      functions[functions.Length()] = Napi::String::New(env, name);
    Napi::Object program = Napi::Object::New(env);
    program.Set("id", data.id);
    program.Set("type", data.type);
    program.Set("name", Napi::String::New(env, data.name));
    program.Set("functions", functions);
    list[list.Length()] = program;
  }
  return errno == ENOENT ? list : ThrowErrno(env, "bpf_prog_get_next_id", errno, "programs");
}
