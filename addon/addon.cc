// Registration: one exports object per environment. The TypeScript face is lib/runtime/native/types.ts.
#include <bpf/libbpf.h>
#include <napi.h>

#include "args.h"
#include "child.h"
#include "code_copy.h"
#include "elf_file.h"
#include "env.h"
#include "jobs.h"
#include "libbpf_log.h"
#include "link.h"
#include "loaded.h"
#include "machine.h"
#include "map.h"
#include "object.h"
#include "perf_buffer.h"
#include "perf_event.h"
#include "pid_watch.h"
#include "program.h"
#include "ring_buffer.h"
#include "task_events.h"

namespace {

// setErrorFactory(factory)
Napi::Value SetErrorFactory(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  Napi::Function factory = read.Function(info[0], "factory");
  if (read.ok()) EnvState::Of(env)->error_factory = Napi::Persistent(factory);
  return env.Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  LibbpfCapture::Install();
  env.SetInstanceData(new EnvState(env));
  ObjectHandle::Define(env);
  ProgramHandle::Define(env);
  MapHandle::Define(env);
  LinkHandle::Define(env);
  RingBufferHandle::Define(env);
  PerfBufferHandle::Define(env);
  PerfEventHandle::Define(env);
  ChildHandle::Define(env);
  PidWatchHandle::Define(env);
  CodeCopyHandle::Define(env);
  TaskEventsHandle::Define(env);
  JobHandle::Define(env);
  StatsHandle::Define(env);

  using Function = Napi::Value (*)(const Napi::CallbackInfo&);
  const std::pair<const char*, Function> functions[] = {
      {"openObject", ObjectHandle::Create},
      {"loadProgram", ProgramHandle::Create},
      {"openProgram", ProgramHandle::OpenExisting},
      {"loadedPrograms", LoadedPrograms},
      {"createMap", MapHandle::Create},
      {"openMap", MapHandle::OpenExisting},
      {"openRingBuffer", RingBufferHandle::Create},
      {"openPerfBuffer", PerfBufferHandle::Create},
      {"openPerfEvent", PerfEventHandle::Create},
      {"openTaskEvents", TaskEventsHandle::Create},
      {"copyCode", CodeCopyHandle::Create},
      {"attachMany", JobHandle::AttachMany},
      {"detachMany", JobHandle::DetachMany},
      {"closeMany", JobHandle::CloseMany},
      {"spawnHeld", ChildHandle::Create},
      {"watchPid", PidWatchHandle::Create},
      {"readElfSymbols", ReadElfSymbols},
      {"elfInfo", ElfInfo},
      {"readUsdtProbes", ReadUsdtProbes},
      {"readKallsyms", ReadKallsyms},
      {"readKallsymsAsync", ReadKallsymsAsync},
      {"linkObjects", LinkObjects},
      {"demangle", Demangle},
      {"onlineCpus", OnlineCpus},
      {"possibleCpus", PossibleCpus},
      {"clockOffsets", ClockOffsets},
      {"raiseMemlock", RaiseMemlock},
      {"capabilities", Capabilities},
      {"mount", Mount},
      {"probeProgramType", ProbeProgramType},
      {"probeMapType", ProbeMapType},
      {"probeHelper", ProbeHelper},
      {"enableStats", StatsHandle::Create},
      {"sendNow", SendNow},
      {"deferClosing", DeferClosing},
      {"setErrorFactory", SetErrorFactory},
  };
  for (const auto& [name, function] : functions) exports.Set(name, Napi::Function::New(env, function, name));
  // libbpf_version_string() begins with "v"
  exports.Set("libbpfVersion", Napi::String::New(env, libbpf_version_string() + 1));
  return exports;
}

}  // namespace

NODE_API_MODULE(tbpf, Init)
