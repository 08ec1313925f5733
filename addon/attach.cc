#include "attach.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {

using Link = std::shared_ptr<LinkCore>;

uint64_t Address(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }

// A small number in a file of sysfs or tracefs; -1 with errno.
int64_t ReadNumber(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return -1;
  char text[64] = {0};
  ssize_t size = read(fd.get(), text, sizeof(text) - 1);
  if (size <= 0) {
    if (size == 0) errno = EIO;
    return -1;
  }
  // "12\n", or a bit of perf_event_attr as in "config:0"
  const char* digits = strpbrk(text, "0123456789");
  if (digits == nullptr) {
    errno = EIO;
    return -1;
  }
  return strtoll(digits, nullptr, 10);
}

UniqueFd OpenPerfEvent(perf_event_attr* attr, int pid, int cpu) {
  attr->size = sizeof(*attr);
  return UniqueFd(static_cast<int>(syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
}

// An event of all processes. The kernel runs its program on whichever CPU the place is passed; the event itself has to
// be on one that is online, and CPU 0 need not be.
UniqueFd OpenForEveryone(perf_event_attr* attr) {
  int64_t first = ReadNumber("/sys/devices/system/cpu/online");  // "1,4-7"
  return OpenPerfEvent(attr, -1, first < 0 ? 0 : static_cast<int>(first));
}

// Links of perf events came with Linux 5.15. An older kernel says EINVAL before it looks at the (missing) event.
bool HasPerfLink() {
  const bpf_insn insns[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  UniqueFd program(bpf_prog_load(BPF_PROG_TYPE_TRACEPOINT, nullptr, "GPL", insns, 2, nullptr));
  return program.valid() && bpf_link_create(program.get(), -1, BPF_PERF_EVENT, nullptr) == -EBADF;
}

// Ties the program to the event and enables it.
Link LinkPerfEvent(const ProgramRef& program, const AttachSpec& spec, UniqueFd event, const std::string& what,
                   Failure* failure) {
  auto link = std::make_shared<LinkCore>();
  link->kind = spec.kind;
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.perf_event.bpf_cookie = spec.cookie;
  int fd = bpf_link_create(program.fd, event.get(), BPF_PERF_EVENT, &options);
  if (fd >= 0) {
    link->link_fd.reset(fd);
  } else if (fd != -EINVAL || HasPerfLink()) {
    *failure = Failure::Errno("bpf_link_create", -fd, what);
    return nullptr;
  } else if (spec.cookie != 0) {
    *failure = Failure::NotSupported("bpf_link_create", "a cookie on a perf event based probe", "5.15", EINVAL);
    return nullptr;
  } else if (ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.fd) != 0) {
    *failure = Failure::Errno("PERF_EVENT_IOC_SET_BPF", errno, what);
    return nullptr;
  }
  if (ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
    *failure = Failure::Errno("PERF_EVENT_IOC_ENABLE", errno, what);
    return nullptr;
  }
  link->perf_fd = std::move(event);
  return link;
}

Link LinkFd(const AttachSpec& spec, int fd, const char* operation, const std::string& what, Failure* failure) {
  if (fd < 0) {
    *failure = Failure::Errno(operation, -fd, what);
    return nullptr;
  }
  auto link = std::make_shared<LinkCore>();
  link->kind = spec.kind;
  link->link_fd.reset(fd);
  return link;
}

Link AttachTracepoint(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  std::string what = "tracepoint " + spec.category + ":" + spec.name;
  int64_t id = spec.id;
  if (id < 0) {
    std::string file = "/events/" + spec.category + "/" + spec.name + "/id";
    id = ReadNumber("/sys/kernel/tracing" + file);
    if (id < 0 && errno == ENOENT) id = ReadNumber("/sys/kernel/debug/tracing" + file);
  }
  if (id < 0) {
    *failure = Failure::Errno("open", errno, what);
    return nullptr;
  }
  perf_event_attr attr{};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = static_cast<uint64_t>(id);
  UniqueFd event = OpenForEveryone(&attr);
  if (!event.valid()) {
    *failure = Failure::Errno("perf_event_open", errno, what);
    return nullptr;
  }
  return LinkPerfEvent(program, spec, std::move(event), what, failure);
}

// Opens an event of the kernel's kprobe or uprobe PMU. `attr` holds the place.
Link AttachProbePmu(const ProgramRef& program, const AttachSpec& spec, const char* pmu, perf_event_attr* attr,
                    const std::string& what, Failure* failure) {
  std::string device = std::string("/sys/bus/event_source/devices/") + pmu;
  int64_t type = ReadNumber(device + "/type");
  if (type < 0) {
    *failure = errno == ENOENT ? Failure::NotSupported("perf_event_open", pmu, "4.17", ENOENT)
                               : Failure::Errno("open", errno, device + "/type");
    return nullptr;
  }
  attr->type = static_cast<uint32_t>(type);
  if (spec.retprobe) {
    int64_t bit = ReadNumber(device + "/format/retprobe");
    attr->config |= 1ull << (bit < 0 ? 0 : bit);
  }
  UniqueFd event = spec.pid == -1 ? OpenForEveryone(attr) : OpenPerfEvent(attr, spec.pid, -1);
  if (!event.valid()) {
    *failure = Failure::Errno("perf_event_open", errno, what);
    return nullptr;
  }
  return LinkPerfEvent(program, spec, std::move(event), what, failure);
}

std::string Hex(uint64_t number) {
  char text[32];
  snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

Link AttachKprobe(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  perf_event_attr attr{};
  std::string place = spec.name.empty() ? Hex(spec.address) : spec.name;
  if (spec.offset != 0) place += "+" + std::to_string(spec.offset);
  attr.kprobe_func = spec.name.empty() ? 0 : Address(spec.name.c_str());
  if (spec.name.empty()) {
    attr.kprobe_addr = spec.address + spec.offset;
  } else {
    attr.probe_offset = spec.offset;
  }
  return AttachProbePmu(program, spec, "kprobe", &attr, (spec.retprobe ? "kretprobe " : "kprobe ") + place, failure);
}

Link AttachUprobe(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  perf_event_attr attr{};
  attr.uprobe_path = Address(spec.path.c_str());
  attr.probe_offset = spec.offset;
  attr.config = spec.ref_ctr_offset << 32;  // format/ref_ctr_offset: config:32-63
  std::string what = (spec.retprobe ? "uretprobe " : "uprobe ") + spec.path + "+" + Hex(spec.offset);
  return AttachProbePmu(program, spec, "uprobe", &attr, what, failure);
}

Link AttachKprobeMulti(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  std::vector<const char*> symbols;
  for (const std::string& symbol : spec.symbols) symbols.push_back(symbol.c_str());
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.kprobe_multi.flags = spec.retprobe ? BPF_F_KPROBE_MULTI_RETURN : 0;
  options.kprobe_multi.cnt = static_cast<uint32_t>(symbols.empty() ? spec.offsets.size() : symbols.size());
  options.kprobe_multi.syms = symbols.empty() ? nullptr : symbols.data();
  options.kprobe_multi.addrs = symbols.empty() ? spec.offsets.data() : nullptr;
  options.kprobe_multi.cookies = spec.cookies.empty() ? nullptr : reinterpret_cast<const __u64*>(spec.cookies.data());
  std::string what = std::to_string(options.kprobe_multi.cnt) + " kernel functions";
  int fd = -1;
  if (spec.session) {
    // libbpf 1.1 does not pass these options on for an attach type it does not know
    union bpf_attr attr {};
    attr.link_create.prog_fd = static_cast<uint32_t>(program.fd);
    attr.link_create.attach_type = kTraceKprobeSession;
    attr.link_create.kprobe_multi.flags = options.kprobe_multi.flags;
    attr.link_create.kprobe_multi.cnt = options.kprobe_multi.cnt;
    attr.link_create.kprobe_multi.syms = Address(options.kprobe_multi.syms);
    attr.link_create.kprobe_multi.addrs = Address(options.kprobe_multi.addrs);
    attr.link_create.kprobe_multi.cookies = Address(options.kprobe_multi.cookies);
    fd = static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)));
    if (fd < 0) fd = -errno;
  } else {
    fd = bpf_link_create(program.fd, 0, BPF_TRACE_KPROBE_MULTI, &options);
  }
  if (fd == -EOPNOTSUPP) {
    const char* feature = spec.session ? "kprobe_session" : "kprobe_multi";
    *failure = Failure::NotSupported("bpf_link_create", feature, spec.session ? "6.10" : "5.18", EOPNOTSUPP);
    return nullptr;
  }
  return LinkFd(spec, fd, "bpf_link_create", what, failure);
}

// link_create of include/uapi/linux/bpf.h since Linux 6.6; the headers of Debian 12 do not have it.
struct UprobeMultiAttr {
  uint32_t prog_fd, target_fd, attach_type, flags;
  uint64_t path, offsets, ref_ctr_offsets, cookies;
  uint32_t count, multi_flags, pid, zero;
};

Link AttachUprobeMulti(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  UprobeMultiAttr attr{};
  attr.prog_fd = static_cast<uint32_t>(program.fd);
  attr.attach_type = kTraceUprobeMulti;
  attr.path = Address(spec.path.c_str());
  attr.offsets = Address(spec.offsets.data());
  attr.ref_ctr_offsets = spec.ref_ctr_offsets.empty() ? 0 : Address(spec.ref_ctr_offsets.data());
  attr.cookies = spec.cookies.empty() ? 0 : Address(spec.cookies.data());
  attr.count = static_cast<uint32_t>(spec.offsets.size());
  attr.multi_flags = spec.retprobe ? 1 : 0;  // BPF_F_UPROBE_MULTI_RETURN
  attr.pid = spec.pid > 0 ? static_cast<uint32_t>(spec.pid) : 0;
  int fd = static_cast<int>(syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr)));
  if (fd < 0) fd = -errno;
  // older kernels: E2BIG for the longer attr, EINVAL for the attach type
  if ((fd == -EINVAL || fd == -E2BIG) && program.expected_attach_type != kTraceUprobeMulti) {
    *failure = Failure::Because(
        "ERR_ARG", "program " + program.name + " was not loaded for uprobe_multi: setExpectedAttachType(48)");
    return nullptr;
  }
  if (fd == -E2BIG || fd == -EOPNOTSUPP) {
    *failure = Failure::NotSupported("bpf_link_create", "uprobe_multi", "6.6", -fd);
    return nullptr;
  }
  return LinkFd(spec, fd, "bpf_link_create", std::to_string(attr.count) + " places in " + spec.path, failure);
}

Link AttachTrace(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.tracing.cookie = spec.cookie;
  auto type = static_cast<bpf_attach_type>(program.expected_attach_type);
  int fd = bpf_link_create(program.fd, 0, type, spec.cookie == 0 ? nullptr : &options);
  return LinkFd(spec, fd, "bpf_link_create", "program " + program.name, failure);
}

Link AttachIter(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  bpf_iter_link_info info{};
  LIBBPF_OPTS(bpf_link_create_opts, options);
  if (spec.map_fd >= 0) {
    info.map.map_fd = static_cast<uint32_t>(spec.map_fd);
  } else if (spec.tid > 0) {
    info.task.tid = static_cast<uint32_t>(spec.tid);
  } else if (spec.pid > 0) {
    info.task.pid = static_cast<uint32_t>(spec.pid);
  } else if (spec.cgroup_order > 0) {
    info.cgroup.order = static_cast<bpf_cgroup_iter_order>(spec.cgroup_order);
  }
  if (spec.map_fd >= 0 || spec.cgroup_order > 0 || spec.tid > 0 || spec.pid > 0) {
    options.iter_info = &info;
    options.iter_info_len = sizeof(info);
  }
  int fd = bpf_link_create(program.fd, 0, BPF_TRACE_ITER, &options);
  return LinkFd(spec, fd, "bpf_link_create", "iterator " + program.name, failure);
}

}  // namespace

const char* AttachKindName(AttachKind kind) {
  static const char* const names[] = {"tracepoint", "rawTracepoint", "trace",     "kprobe", "kprobeMulti",
                                      "uprobe",     "uprobeMulti",   "perfEvent", "iter"};
  return names[static_cast<int>(kind)];
}

int LinkCore::fd() const { return link_fd.valid() ? link_fd.get() : perf_fd.get(); }

void LinkCore::Stop() const {
  if (kind == AttachKind::kPerfEvent) ioctl(perf_fd.get(), PERF_EVENT_IOC_DISABLE, 0);
}

void LinkCore::Close() {
  // the event last: closing the BPF link first frees its reference, so that detaching happens once
  link_fd.reset();
  perf_fd.reset();
}

UniqueFd DuplicateFd(int fd) { return UniqueFd(fcntl(fd, F_DUPFD_CLOEXEC, 3)); }

Link Attach(const ProgramRef& program, const AttachSpec& spec, Failure* failure) {
  switch (spec.kind) {
    case AttachKind::kTracepoint: return AttachTracepoint(program, spec, failure);
    case AttachKind::kRawTracepoint:
      return LinkFd(spec, bpf_raw_tracepoint_open(spec.name.c_str(), program.fd), "bpf_raw_tracepoint_open",
                    "raw tracepoint " + spec.name, failure);
    case AttachKind::kTrace: return AttachTrace(program, spec, failure);
    case AttachKind::kKprobe: return AttachKprobe(program, spec, failure);
    case AttachKind::kKprobeMulti: return AttachKprobeMulti(program, spec, failure);
    case AttachKind::kUprobe: return AttachUprobe(program, spec, failure);
    case AttachKind::kUprobeMulti: return AttachUprobeMulti(program, spec, failure);
    case AttachKind::kPerfEvent: {
      UniqueFd event = DuplicateFd(spec.event.get());
      if (!event.valid()) {
        *failure = Failure::Errno("dup", errno, "perf event");
        return nullptr;
      }
      return LinkPerfEvent(program, spec, std::move(event), "perf event", failure);
    }
    case AttachKind::kIter: return AttachIter(program, spec, failure);
  }
  return nullptr;
}

void WaitForPrograms() {
  UniqueFd inner(bpf_map_create(BPF_MAP_TYPE_ARRAY, "tbpf_wait", sizeof(uint32_t), sizeof(uint32_t), 1, nullptr));
  LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = static_cast<uint32_t>(inner.get()));
  UniqueFd outer(
      bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "tbpf_wait", sizeof(uint32_t), sizeof(uint32_t), 1, &options));
  uint32_t key = 0;
  uint32_t value = inner.get();
  // without memory for the maps nobody waits: what is detached stays detached, and a failure here would only hide the
  // result
  bpf_map_update_elem(outer.get(), &key, &value, BPF_ANY);
}
