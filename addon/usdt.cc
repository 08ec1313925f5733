// USDT probes: notes of type 3, owner `stapsdt`, in section .note.stapsdt.
//
//   facts  https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation: three addresses (place, base,
//          semaphore), then three strings (provider, name, arguments). A prelinked file is recognised by .stapsdt.base
//          having moved from `base`.
#include <cstring>

#include "args.h"
#include "elf_file.h"

namespace {

constexpr uint32_t kNoteType = 3;
constexpr uint64_t kMostNoteBytes = 4u << 20;

// Reads the strings of a note one after another; false past its end.
struct Cursor {
  const char* at;
  const char* end;
  bool String(std::string* text) {
    size_t size = strnlen(at, static_cast<size_t>(end - at));
    if (at + size >= end) return false;
    text->assign(at, size);
    at += size + 1;
    return true;
  }
};

}  // namespace

Napi::Value ReadUsdtProbes(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  if (!read.ok()) return env.Undefined();
  ElfFile file;
  Failure failure;
  if (!file.Open(path, &failure)) return Throw(env, failure);
  std::vector<GElf_Phdr> segments = file.Segments();
  std::vector<ElfFile::Section> sections = file.Sections();
  uint64_t base_now = 0;
  for (const ElfFile::Section& section : sections) {
    if (section.name == ".stapsdt.base") base_now = section.header.sh_addr;
  }
  Napi::Array probes = Napi::Array::New(env);
  for (const ElfFile::Section& section : sections) {
    if (section.name != ".note.stapsdt" || section.header.sh_type != SHT_NOTE) continue;
    Elf_Data* data = file.Data(section.section, kMostNoteBytes);
    if (data == nullptr) continue;
    size_t offset = 0, name_at = 0, desc_at = 0;
    GElf_Nhdr note;
    while ((offset = gelf_getnote(data, offset, &note, &name_at, &desc_at)) > 0) {
      const char* bytes = static_cast<const char*>(data->d_buf);
      if (note.n_type != kNoteType || note.n_namesz != 8 || memcmp(bytes + name_at, "stapsdt", 8) != 0) continue;
      uint64_t place[3] = {0, 0, 0};  // probe, base, semaphore
      Elf_Data from{}, to{};
      from.d_buf = const_cast<char*>(bytes + desc_at);
      from.d_type = to.d_type = ELF_T_ADDR;
      from.d_version = to.d_version = EV_CURRENT;
      from.d_size = to.d_size = gelf_fsize(file.elf(), ELF_T_ADDR, 3, EV_CURRENT);
      uint32_t narrow[3] = {0, 0, 0};
      bool wide = from.d_size == sizeof(place);
      to.d_buf = wide ? static_cast<void*>(place) : static_cast<void*>(narrow);
      if (note.n_descsz < from.d_size ||
          gelf_xlatetom(file.elf(), &to, &from, file.header().e_ident[EI_DATA]) == nullptr)
        continue;
      for (int i = 0; !wide && i < 3; i++) place[i] = narrow[i];
      Cursor cursor{bytes + desc_at + from.d_size, bytes + desc_at + note.n_descsz};
      std::string provider, name, arguments;
      if (!cursor.String(&provider) || !cursor.String(&name) || !cursor.String(&arguments)) continue;
      uint64_t moved = base_now == 0 ? 0 : base_now - place[1];
      uint64_t address = place[0] + moved;
      uint64_t semaphore = place[2] == 0 ? 0 : place[2] + moved;
      int64_t semaphore_offset = semaphore == 0 ? 0 : ElfFile::FileOffset(segments, semaphore);
      Napi::Object probe = Napi::Object::New(env);
      probe.Set("provider", provider);
      probe.Set("name", name);
      probe.Set("address", Napi::Number::New(env, static_cast<double>(address)));
      probe.Set("fileOffset", Napi::Number::New(env, static_cast<double>(ElfFile::FileOffset(segments, address))));
      probe.Set("semaphoreAddress", Napi::Number::New(env, static_cast<double>(semaphore)));
      probe.Set("semaphoreOffset", Napi::Number::New(env, static_cast<double>(semaphore_offset)));
      probe.Set("arguments", arguments);
      probes[probes.Length()] = probe;
    }
  }
  return probes;
}
