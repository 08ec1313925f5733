#include "spec.h"

#include "perf_event.h"

namespace {

// Names become parts of paths in tracefs.
std::string PathPart(args::Reader& read, const Napi::Value& value, const char* name) {
  std::string part = read.String(value, name);
  if (read.ok() && (part.find('/') != std::string::npos || part == "." || part == "..")) {
    read.Wrong(name, "a name without /");
  }
  return part;
}

int Pid(args::Reader& read, const Napi::Object& object, const char* name, int fallback) {
  Napi::Value value = read.Field(object, name);
  return args::Reader::Missing(value) ? fallback : static_cast<int>(read.Integer(value, name, 1, INT32_MAX));
}

// Lists beside the list of places: empty, or one element for each.
void SameLength(args::Reader& read, const char* name, size_t size, size_t places) {
  if (size != 0 && size != places)
    read.Wrong(name, ("as long as the list of places: " + std::to_string(places)).c_str());
}

std::vector<uint64_t> U64sField(args::Reader& read, const Napi::Object& object, const char* name) {
  Napi::Value value = read.Field(object, name);
  return args::Reader::Missing(value) ? std::vector<uint64_t>() : read.U64s(value, name);
}

void ReadTracepoint(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  spec->category = PathPart(read, read.Field(object, "category"), "category");
  spec->name = PathPart(read, read.Field(object, "event"), "event");
  Napi::Value id = read.Field(object, "id");
  if (!args::Reader::Missing(id)) spec->id = read.U32(id, "id");
}

void ReadKprobe(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  Napi::Value symbol = read.Field(object, "symbol");
  Napi::Value address = read.Field(object, "address");
  if (args::Reader::Missing(symbol) == args::Reader::Missing(address)) {
    read.Wrong("spec", "either with a symbol or with an address");
    return;
  }
  if (args::Reader::Missing(address)) {
    spec->name = read.String(symbol, "symbol");
  } else {
    spec->address = read.U64(address, "address");
  }
  spec->offset = read.U64Or(read.Field(object, "offset"), "offset", 0);
}

void ReadKprobeMulti(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  Napi::Value symbols = read.Field(object, "symbols");
  if (!args::Reader::Missing(symbols)) spec->symbols = read.Strings(symbols, "symbols");
  spec->offsets = U64sField(read, object, "addresses");
  if (spec->symbols.empty() == spec->offsets.empty()) {
    read.Wrong("spec", "either with symbols or with addresses, at least one");
    return;
  }
  spec->session = read.BoolOr(read.Field(object, "session"), "session", false);
  spec->cookies = U64sField(read, object, "cookies");
  SameLength(read, "cookies", spec->cookies.size(), spec->symbols.size() + spec->offsets.size());
}

void ReadUprobe(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  spec->path = read.String(read.Field(object, "path"), "path");
  spec->offset = read.U64(read.Field(object, "offset"), "offset");
  spec->ref_ctr_offset = read.U64Or(read.Field(object, "refCtrOffset"), "refCtrOffset", 0);
  if (spec->ref_ctr_offset > UINT32_MAX) read.Wrong("refCtrOffset", "less than 2^32");
}

void ReadUprobeMulti(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  spec->path = read.String(read.Field(object, "path"), "path");
  spec->offsets = U64sField(read, object, "offsets");
  if (spec->offsets.empty()) read.Wrong("offsets", "a list of at least one offset");
  spec->ref_ctr_offsets = U64sField(read, object, "refCtrOffsets");
  SameLength(read, "refCtrOffsets", spec->ref_ctr_offsets.size(), spec->offsets.size());
  spec->cookies = U64sField(read, object, "cookies");
  SameLength(read, "cookies", spec->cookies.size(), spec->offsets.size());
}

// The event is duplicated: its handle may be closed before an AttachJob gets to it.
void ReadPerfEvent(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  auto* event = read.Handle<PerfEventHandle>(read.Field(object, "event"), "event");
  if (event == nullptr) return;
  if (event->fd() < 0) {
    read.Fail("ERR_CLOSED", "the perf event is closed");
    return;
  }
  spec->event = DuplicateFd(event->fd());
  if (!spec->event.valid()) read.FailErrno("dup", errno, "perf event");
}

void ReadIter(args::Reader& read, const Napi::Object& object, AttachSpec* spec) {
  Napi::Value map_fd = read.Field(object, "mapFd");
  if (!args::Reader::Missing(map_fd)) spec->map_fd = static_cast<int>(read.Integer(map_fd, "mapFd", 0, INT32_MAX));
  Napi::Value order = read.Field(object, "cgroupOrder");
  if (!args::Reader::Missing(order)) {
    spec->cgroup_order = static_cast<int>(read.Integer(order, "cgroupOrder", 1, 4));
  }
  spec->tid = Pid(read, object, "tid", 0);
}

}  // namespace

bool ReadAttachSpec(args::Reader& read, const Napi::Value& value, AttachSpec* spec) {
  Napi::Object object = read.Object(value, "spec");
  std::string kind = read.String(read.Field(object, "kind"), "kind");
  if (!read.ok()) return false;
  int index = 0;
  while (index <= static_cast<int>(AttachKind::kIter) && kind != AttachKindName(static_cast<AttachKind>(index)))
    index++;
  if (index > static_cast<int>(AttachKind::kIter)) {
    read.Wrong("kind", ("a kind of attachment, not '" + kind + "'").c_str());
    return false;
  }
  spec->kind = static_cast<AttachKind>(index);
  spec->cookie = read.U64Or(read.Field(object, "cookie"), "cookie", 0);
  spec->retprobe = read.BoolOr(read.Field(object, "retprobe"), "retprobe", false);
  spec->pid = Pid(read, object, "pid", -1);
  switch (spec->kind) {
    case AttachKind::kTracepoint: ReadTracepoint(read, object, spec); break;
    case AttachKind::kRawTracepoint: spec->name = read.String(read.Field(object, "name"), "name"); break;
    case AttachKind::kTrace: break;
    case AttachKind::kKprobe:
      spec->pid = -1;  // the kernel runs the program for every process
      ReadKprobe(read, object, spec);
      break;
    case AttachKind::kKprobeMulti: ReadKprobeMulti(read, object, spec); break;
    case AttachKind::kUprobe: ReadUprobe(read, object, spec); break;
    case AttachKind::kUprobeMulti: ReadUprobeMulti(read, object, spec); break;
    case AttachKind::kPerfEvent: ReadPerfEvent(read, object, spec); break;
    case AttachKind::kIter: ReadIter(read, object, spec); break;
  }
  return read.ok();
}
