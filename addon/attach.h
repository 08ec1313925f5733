// Attaching by kind, without JavaScript: runs on the main thread and on threads of the pool alike.
//
//   in     a program, a spec
//   out    a LinkCore, or a Failure
//   idea   perf events are opened here rather than by libbpf: an address for kprobes, a reference to keep, one error
//          per step
#pragma once

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <memory>
#include <string>
#include <vector>

#include "env.h"
#include "errors.h"

// Attach types newer than the headers of Debian 12 (include/uapi/linux/bpf.h of Linux 6.18).
constexpr int kTraceUprobeMulti = 48;
constexpr int kTraceKprobeSession = 56;

enum class AttachKind {
  kTracepoint,
  kRawTracepoint,
  kTrace,
  kKprobe,
  kKprobeMulti,
  kUprobe,
  kUprobeMulti,
  kPerfEvent,
  kIter,
};

const char* AttachKindName(AttachKind kind);

struct AttachSpec {
  AttachKind kind = AttachKind::kTracepoint;
  std::string category;  // tracepoint
  std::string name;      // tracepoint and raw tracepoint, kprobe symbol
  std::string path;      // uprobe
  int64_t id = -1;       // tracepoint, when known
  uint64_t address = 0;  // kprobe
  uint64_t offset = 0;   // kprobe: past the symbol; uprobe: in the file
  uint64_t ref_ctr_offset = 0;
  uint64_t cookie = 0;
  bool retprobe = false;
  bool session = false;
  int pid = -1;
  int tid = 0;
  int map_fd = -1;
  int cgroup_order = 0;              // enum bpf_cgroup_iter_order
  std::vector<std::string> symbols;  // multi
  std::vector<uint64_t> offsets;     // multi: addresses or file offsets
  std::vector<uint64_t> ref_ctr_offsets;
  std::vector<uint64_t> cookies;
  UniqueFd event;  // perf event, a duplicate
};

// What an attachment needs of a program, kept alive while a thread uses it.
struct ProgramRef {
  int fd = -1;
  std::string name;
  int expected_attach_type = 0;
  std::shared_ptr<bpf_object> object;  // keeps `fd`
  std::shared_ptr<UniqueFd> own_fd;    // or this does
};

struct LinkCore {
  AttachKind kind = AttachKind::kTracepoint;
  UniqueFd link_fd;
  UniqueFd perf_fd;

  LinkCore() = default;
  LinkCore(const LinkCore&) = delete;
  LinkCore& operator=(const LinkCore&) = delete;
  ~LinkCore() { Close(); }

  int fd() const;
  // Nothing is sampled any more. Other events run their program whether they are enabled or not.
  void Stop() const;
  void Close();
};

// Null with `failure` filled in when it does not work.
std::shared_ptr<LinkCore> Attach(const ProgramRef& program, const AttachSpec& spec, Failure* failure);

// Returns when every program that was running has finished. A detached raw tracepoint or function may still run its
// program on another CPU. The kernel waits for running programs (RCU) when an element of a map of maps is written
// (maybe_wait_bpf_programs), for exactly this purpose.
void WaitForPrograms();

// Duplicate with close-on-exec.
UniqueFd DuplicateFd(int fd);
