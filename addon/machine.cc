#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "args.h"
#include "pid_watch.h"

namespace {

int64_t Nanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<int64_t>(now.tv_sec) * 1000000000 + now.tv_nsec;
}

// What to add to `clock` for the wall clock: read between two readings of the wall clock, the closest pair of several.
int64_t OffsetToRealtime(clockid_t clock) {
  int64_t best_gap = INT64_MAX, offset = 0;
  for (int i = 0; i < 8; i++) {
    int64_t before = Nanoseconds(CLOCK_REALTIME);
    int64_t between = Nanoseconds(clock);
    int64_t after = Nanoseconds(CLOCK_REALTIME);
    if (after - before >= best_gap || after < before) continue;
    best_gap = after - before;
    offset = before + best_gap / 2 - between;
  }
  return offset;
}

Napi::Value ProbeResult(Napi::Env env, const char* operation, int result) {
  return result >= 0 ? Napi::Boolean::New(env, result > 0) : ThrowErrno(env, operation, -result, "feature probe");
}

}  // namespace

Napi::Value OnlineCpus(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  const char* path = "/sys/devices/system/cpu/online";
  UniqueFd fd(open(path, O_RDONLY | O_CLOEXEC));
  char text[4096] = {0};
  if (!fd.valid() || read(fd.get(), text, sizeof(text) - 1) <= 0) return ThrowErrno(env, "open", errno, path);
  Napi::Array cpus = Napi::Array::New(env);
  for (char* at = text; *at >= '0' && *at <= '9';) {  // "0-3,8,10-11"
    long first = strtol(at, &at, 10);
    long last = *at == '-' ? strtol(at + 1, &at, 10) : first;
    for (long cpu = first; cpu <= last; cpu++) cpus[cpus.Length()] = Napi::Number::New(env, static_cast<double>(cpu));
    if (*at == ',') at++;
  }
  return cpus;
}

Napi::Value PossibleCpus(const Napi::CallbackInfo& info) {
  int count = libbpf_num_possible_cpus();
  return count > 0 ? Napi::Number::New(info.Env(), count)
                   : ThrowErrno(info.Env(), "libbpf_num_possible_cpus", -count, "/sys/devices/system/cpu/possible");
}

Napi::Value ClockOffsets(const Napi::CallbackInfo& info) {
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("bootToRealtimeNs", Napi::BigInt::New(info.Env(), OffsetToRealtime(CLOCK_BOOTTIME)));
  result.Set("monotonicToRealtimeNs", Napi::BigInt::New(info.Env(), OffsetToRealtime(CLOCK_MONOTONIC)));
  return result;
}

Napi::Value RaiseMemlock(const Napi::CallbackInfo& info) {
  rlimit limit{RLIM_INFINITY, RLIM_INFINITY};
  int error = setrlimit(RLIMIT_MEMLOCK, &limit) == 0 ? 0 : errno;
  if (error != 0 && getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;  // as far as it goes without privileges
    setrlimit(RLIMIT_MEMLOCK, &limit);
  }
  return Napi::Number::New(info.Env(), error);
}

Napi::Value Capabilities(const Napi::CallbackInfo& info) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) return ThrowErrno(info.Env(), "capget", errno, "capabilities");
  return Napi::BigInt::New(info.Env(), static_cast<uint64_t>(data[1].effective) << 32 | data[0].effective);
}

Napi::Value Mount(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string type = read.String(info[0], "type");
  std::string path = read.String(info[1], "path");
  if (!read.ok()) return env.Undefined();
  if (mount(type.c_str(), path.c_str(), type.c_str(), 0, nullptr) != 0)
    return ThrowErrno(env, "mount", errno, type + " on " + path);
  return env.Undefined();
}

Napi::Value ProbeProgramType(const Napi::CallbackInfo& info) {
  args::Reader read(info.Env());
  auto type = static_cast<bpf_prog_type>(read.U32(info[0], "programType"));
  if (!read.ok()) return info.Env().Undefined();
  return ProbeResult(info.Env(), "libbpf_probe_bpf_prog_type", libbpf_probe_bpf_prog_type(type, nullptr));
}

Napi::Value ProbeMapType(const Napi::CallbackInfo& info) {
  args::Reader read(info.Env());
  auto type = static_cast<bpf_map_type>(read.U32(info[0], "mapType"));
  if (!read.ok()) return info.Env().Undefined();
  return ProbeResult(info.Env(), "libbpf_probe_bpf_map_type", libbpf_probe_bpf_map_type(type, nullptr));
}

// Not libbpf_probe_bpf_helper: version 1.1 does not know what kernels from 6.11 on say ("program of this type cannot
// use helper …") and takes that for a yes. The verifier looks at the helper before it looks at its arguments.
Napi::Value ProbeHelper(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  uint32_t type = read.U32(info[0], "programType");
  auto helper = static_cast<int>(read.Integer(info[1], "helper", 0, INT32_MAX));
  if (!read.ok()) return env.Undefined();
  if (type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_EXT || type == BPF_PROG_TYPE_LSM ||
      type == BPF_PROG_TYPE_STRUCT_OPS) {
    return Throw(env, "ERR_ARG",
                 "helpers of program type " + std::to_string(type) + " cannot be probed: it needs a target");
  }
  const bpf_insn insns[] = {{BPF_JMP | BPF_CALL, 0, 0, 0, helper}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  char log[4096] = {0};
  LIBBPF_OPTS(bpf_prog_load_opts, load);
  load.log_buf = log;
  load.log_size = sizeof(log);
  load.log_level = 1;
  int fd = bpf_prog_load(static_cast<bpf_prog_type>(type), nullptr, "GPL", insns, 2, &load);
  if (fd >= 0) close(fd);
  if (fd < 0 && log[0] == '\0') return ThrowErrno(env, "bpf_prog_load", -fd, "probe for a helper");
  bool refused = strstr(log, "invalid func ") != nullptr || strstr(log, "unknown func ") != nullptr ||
                 strstr(log, "cannot use helper") != nullptr;
  return Napi::Boolean::New(env, !refused);
}

// Bytes that a pipe or terminal takes in one write without waiting, once poll() says that it takes some: a free slot of
// a pipe is a page, and free space of a terminal comes in steps of 256 bytes, where a newline may take two.
constexpr size_t kPipeStep = 4096, kTerminalStep = 128;

// Writes to a pipe or terminal while it has room. Two writers that share it can still make one of them wait.
ssize_t WriteWhileRoom(int fd, const uint8_t* data, size_t size) {
  size_t step = isatty(fd) ? kTerminalStep : kPipeStep;
  size_t done = 0;
  while (done < size) {
    pollfd room{fd, POLLOUT, 0};
    int ready = poll(&room, 1, 0);
    // Where the reader has gone (POLLERR), write() gives the reason.
    ssize_t written = ready > 0 ? write(fd, data + done, std::min(step, size - done)) : ready;
    if (written < 0 && done == 0) return -1;
    if (written <= 0) break;
    done += static_cast<size_t>(written);
  }
  return static_cast<ssize_t>(done);
}

// sendNow(fd: number, bytes: Uint8Array): number. What a socket, pipe or terminal takes without waiting, also where it
// is one that waits: O_NONBLOCK would be set for everybody who shares it. 0: nothing fits now.
Napi::Value SendNow(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  auto fd = static_cast<int>(read.Integer(info[0], "fd", 0, INT_MAX));
  args::ByteView bytes = read.Bytes(info[1], "bytes");
  if (!read.ok()) return env.Undefined();
  ssize_t sent = send(fd, bytes.data, bytes.size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0 && errno == ENOTSOCK) sent = WriteWhileRoom(fd, bytes.data, bytes.size);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return ThrowErrno(env, "write", errno, "output");
  return Napi::Number::New(env, sent < 0 ? 0 : static_cast<double>(sent));
}

// A process that shares our descriptors and exits right after us: it, not we, is kept waiting by the kernel's
// detaching. It waits on a pidfd, which becomes readable when our last thread has ended: a parent-death signal would
// come while other threads still close.
Napi::Value DeferClosing(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  UniqueFd parent(OpenPidfd(getpid()));
  if (!parent.valid()) return ThrowPidfd(env, errno, getpid());
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t pid = fork();
  if (pid == 0) {
    setsid();
    for (int fd = 0; fd < 3; fd++) close(fd);  // a pipeline must not wait for it
    pollfd end{parent.get(), POLLIN, 0};
    while (poll(&end, 1, -1) < 0 && errno == EINTR) {
    }
    _exit(0);
  }
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return pid > 0 ? Napi::Number::New(env, pid)
                 : ThrowErrno(env, "fork", error, "process that closes in the background");
}

void StatsHandle::Define(Napi::Env env) { Register(env, {InstanceMethod<&StatsHandle::Close>("close")}); }

Napi::Value StatsHandle::Create(const Napi::CallbackInfo& info) {
  int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
  return fd < 0 ? ThrowErrno(info.Env(), "bpf_enable_stats", -fd, "run time of programs")
                : New(info.Env(), {UniqueFd(fd)});
}

StatsHandle::StatsHandle(const Napi::CallbackInfo& info) : Handle(info) {
  if (init_ != nullptr) fd_ = std::move(init_->fd);
}

Napi::Value StatsHandle::Close(const Napi::CallbackInfo& info) {
  fd_.reset();
  return info.Env().Undefined();
}
