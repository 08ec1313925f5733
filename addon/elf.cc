// ELF files: what uprobes and symbolizing ask of them.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <deque>
#include <string_view>
#include <unordered_map>

#include "args.h"
#include "debug_files.h"
#include "elf_file.h"

namespace {

constexpr const char* kSystemDebugFolder = "/usr/lib/debug";
constexpr uint64_t kMostNoteBytes = 1u << 20;
constexpr uint64_t kMostBuildIdBytes = 64;
constexpr uint64_t kMostPathBytes = 4096;
constexpr size_t kMostSegments = 1024;
constexpr size_t kMostSectionName = 64;
constexpr int kUsualSymbols = 1 << 17;
constexpr size_t kMostSymbolName = 1u << 16;  // longer ones are no names
constexpr size_t kMostVersions = 1u << 15;
constexpr size_t kMostVersionName = 1024;
constexpr int kVersionMask = 0x7fff;              // the highest bit says that a version is not linked against
constexpr uint64_t kMostNamesBytes = 512u << 20;  // of all symbols: they may share their bytes in the file

std::string BuildIdOfNotes(Elf_Data* data) {
  if (data == nullptr) return {};
  size_t offset = 0, name_at = 0, desc_at = 0;
  GElf_Nhdr note;
  while ((offset = gelf_getnote(data, offset, &note, &name_at, &desc_at)) > 0) {
    const char* bytes = static_cast<const char*>(data->d_buf);
    if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || memcmp(bytes + name_at, "GNU", 4) != 0) continue;
    if (note.n_descsz > kMostBuildIdBytes) continue;
    std::string hex;
    for (size_t i = 0; i < note.n_descsz; i++) {
      char digits[3];
      snprintf(digits, sizeof(digits), "%02x", static_cast<unsigned char>(bytes[desc_at + i]));
      hex += digits;
    }
    return hex;
  }
  return {};
}

// Whether a file claims more than 65,279 sections or 65,534 segments, whose real number then stands elsewhere. No file
// that is mapped has so many, and libelf makes room for as many as are claimed.
bool HasExtendedCounts(const unsigned char* head) {
  bool wide = head[EI_CLASS] == ELFCLASS64;
  const unsigned char* sections_at = head + (wide ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff));
  const unsigned char* sections = head + (wide ? offsetof(Elf64_Ehdr, e_shnum) : offsetof(Elf32_Ehdr, e_shnum));
  const unsigned char* segments = head + (wide ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum));
  bool has_sections =
      std::any_of(sections_at, sections_at + (wide ? 8 : 4), [](unsigned char byte) { return byte != 0; });
  return (has_sections && sections[0] == 0 && sections[1] == 0) || (segments[0] == 0xff && segments[1] == 0xff);
}

constexpr size_t kHeadBytes = sizeof(Elf64_Ehdr);

bool HasExtendedCounts(int fd) {
  unsigned char head[kHeadBytes] = {0};
  return pread(fd, head, sizeof(head), 0) == static_cast<ssize_t>(sizeof(head)) && HasExtendedCounts(head);
}

struct Symbol {
  uint64_t address;
  uint64_t size;
  std::string_view name;  // into libelf's data
  uint8_t info;
};

// Which symbols are wanted (ReadElfSymbolsOptions).
struct Wanted {
  bool objects = false;
  bool versions = false;
  bool imported = false;
};

struct SymbolList {
  std::vector<Symbol> symbols;
  std::deque<std::string> versioned;  // names that stand nowhere in the file
  uint64_t name_bytes = 0;
  bool cut = false;  // too much of something
};

// Names of the versions that a file defines, by their numbers in .gnu.version.
std::unordered_map<int, std::string> DefinedVersions(const ElfFile& file) {
  std::unordered_map<int, std::string> names;
  for (const ElfFile::Section& section : file.Sections()) {
    if (section.header.sh_type != SHT_GNU_verdef) continue;
    Elf_Data* data = file.Data(section.section);
    Elf_Scn* texts = elf_getscn(file.elf(), section.header.sh_link);
    if (data == nullptr || texts == nullptr || file.Data(texts) == nullptr) continue;
    int64_t at = 0;
    for (size_t i = 0; i < kMostVersions && at <= INT32_MAX; i++) {
      GElf_Verdef version;
      GElf_Verdaux auxiliary;
      if (gelf_getverdef(data, static_cast<int>(at), &version) == nullptr || at + version.vd_aux > INT32_MAX) break;
      if (gelf_getverdaux(data, static_cast<int>(at + version.vd_aux), &auxiliary) == nullptr) break;
      const char* name = elf_strptr(file.elf(), section.header.sh_link, auxiliary.vda_name);
      if (name != nullptr) names.emplace(version.vd_ndx, std::string(name, strnlen(name, kMostVersionName)));
      if (version.vd_next == 0) break;
      at += version.vd_next;
    }
  }
  return names;
}

// What .gnu.version says of the symbols of .dynsym.
Elf_Data* VersionNumbers(const ElfFile& file) {
  for (const ElfFile::Section& section : file.Sections())
    if (section.header.sh_type == SHT_GNU_versym) return file.Data(section.section);
  return nullptr;
}

// Adds the symbols of one table. False when there is no such table.
bool AddSymbols(const ElfFile& file, uint32_t section_type, const Wanted& wanted, SymbolList* list) {
  bool of_dynamic = wanted.versions && section_type == SHT_DYNSYM;
  std::unordered_map<int, std::string> versions;
  if (of_dynamic) versions = DefinedVersions(file);
  Elf_Data* numbers = of_dynamic ? VersionNumbers(file) : nullptr;
  bool found = false;
  for (const ElfFile::Section& section : file.Sections()) {
    if (section.header.sh_type != section_type || section.header.sh_entsize == 0) continue;
    Elf_Scn* names = elf_getscn(file.elf(), section.header.sh_link);
    Elf_Data* data = file.Data(section.section);
    Elf_Data* texts = data == nullptr || names == nullptr ? nullptr : file.Data(names);
    if (texts == nullptr || texts->d_buf == nullptr) continue;
    auto count = static_cast<int>(std::min<uint64_t>(section.header.sh_size / section.header.sh_entsize, INT32_MAX));
    // room for what a large program has, not for what the file claims
    list->symbols.reserve(list->symbols.size() + std::min(count, kUsualSymbols));
    for (int i = 0; i < count && !list->cut; i++) {
      GElf_Sym symbol;
      if (gelf_getsym(data, i, &symbol) == nullptr) break;
      int type = GELF_ST_TYPE(symbol.st_info);
      bool is_wanted = type == STT_FUNC || type == STT_GNU_IFUNC || (wanted.objects && type == STT_OBJECT) ||
                       (wanted.imported && type == STT_NOTYPE);
      bool is_imported = symbol.st_shndx == SHN_UNDEF;
      if (!is_wanted || is_imported != wanted.imported || (!is_imported && symbol.st_value == 0)) continue;
      if (symbol.st_name >= texts->d_size) continue;
      const char* name = static_cast<const char*>(texts->d_buf) + symbol.st_name;
      size_t room = std::min<size_t>(texts->d_size - symbol.st_name, kMostSymbolName);
      std::string_view text(name, strnlen(name, room));
      if (text.empty() || text.size() == room) continue;  // no name, or one without an end
      list->name_bytes += text.size();
      list->cut = list->name_bytes > kMostNamesBytes;
      std::string_view version;
      if (size_t at = text.find('@', 1); at != std::string_view::npos) {
        version = text.substr(std::min(text.find_first_not_of('@', at), text.size()));
        text = text.substr(0, at);
      }
      if (wanted.versions) {
        GElf_Versym number;
        if (numbers != nullptr && gelf_getversym(numbers, i, &number) != nullptr) {
          auto known = versions.find(number & kVersionMask);
          if (known != versions.end() && (number & kVersionMask) > VER_NDX_GLOBAL) version = known->second;
        }
        if (version.empty()) continue;
        text = list->versioned.emplace_back(std::string(text) + "@" + std::string(version));
        list->name_bytes += version.size() + 1;
      }
      auto info = static_cast<uint8_t>(type | (GELF_ST_BIND(symbol.st_info) << 4));
      list->symbols.push_back({symbol.st_value, symbol.st_size, text, info});
    }
    found = true;
  }
  return found;
}

Napi::Value SymbolsToJs(Napi::Env env, const std::vector<Symbol>& symbols, const std::vector<GElf_Phdr>& segments,
                        const std::string& debug_path) {
  size_t count = symbols.size();
  size_t bytes = 0;
  for (const Symbol& symbol : symbols) bytes += symbol.name.size() + 1;
  if (bytes > UINT32_MAX) return ThrowErrno(env, "readElfSymbols", EFBIG, "more than 4 GiB of symbol names");
  auto addresses = Napi::Float64Array::New(env, count);
  auto sizes = Napi::Float64Array::New(env, count);
  auto offsets = Napi::Float64Array::New(env, count);
  auto name_offsets = Napi::Uint32Array::New(env, count);
  auto infos = Napi::Uint8Array::New(env, count);
  auto names = Napi::Buffer<char>::New(env, bytes);
  bool made = !addresses.IsEmpty() && !sizes.IsEmpty() && !offsets.IsEmpty() && !name_offsets.IsEmpty() &&
              !infos.IsEmpty() && !names.IsEmpty();
  if (!made) return env.Undefined();  // the worker is being terminated
  char* out = names.Data();
  uint32_t at = 0;
  double* address_out = addresses.Data();
  double* size_out = sizes.Data();
  double* offset_out = offsets.Data();
  uint32_t* name_out = name_offsets.Data();
  uint8_t* info_out = infos.Data();
  for (size_t i = 0; i < count; i++) {
    const Symbol& symbol = symbols[i];
    address_out[i] = static_cast<double>(symbol.address);
    size_out[i] = static_cast<double>(symbol.size);
    offset_out[i] = static_cast<double>(ElfFile::FileOffset(segments, symbol.address));
    name_out[i] = at;
    info_out[i] = symbol.info;
    memcpy(out + at, symbol.name.data(), symbol.name.size());
    out[at + symbol.name.size()] = '\0';
    at += static_cast<uint32_t>(symbol.name.size()) + 1;
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("count", Napi::Number::New(env, static_cast<double>(count)));
  result.Set("addresses", addresses);
  result.Set("sizes", sizes);
  result.Set("fileOffsets", offsets);
  result.Set("nameOffsets", name_offsets);
  result.Set("info", infos);
  result.Set("names", names);
  result.Set("debugFile", debug_path.empty() ? env.Undefined() : Napi::String::New(env, debug_path));
  return result;
}

}  // namespace

int OpenForeign(const std::string& path, UniqueFd* fd) {
  UniqueFd place(open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (!place.valid() || fstat(place.get(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return ENOEXEC;
  fd->reset(open(("/proc/self/fd/" + std::to_string(place.get())).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return fd->valid() ? 0 : errno;
}

ElfFile::~ElfFile() {
  if (elf_ != nullptr) elf_end(elf_);
}

bool ElfFile::Open(const std::string& path, Failure* failure) {
  if (elf_ != nullptr) elf_end(std::exchange(elf_, nullptr));
  elf_version(EV_CURRENT);
  path_ = path;
  left_ = kMostBytes;
  cut_ = false;
  read_.clear();
  int error = OpenForeign(path, &fd_);
  if (error == 0 && HasExtendedCounts(fd_.get())) error = ENOEXEC;
  if (error != 0) {
    *failure = Failure::Errno("open", error, path);
    return false;
  }
  elf_ = elf_begin(fd_.get(), ELF_C_READ, nullptr);
  if (!HasHeader()) *failure = Failure::Errno("elf_begin", ENOEXEC, path);
  return HasHeader();
}

bool ElfFile::OpenBytes(std::vector<uint8_t> bytes, const std::string& path) {
  if (elf_ != nullptr) elf_end(std::exchange(elf_, nullptr));
  elf_version(EV_CURRENT);
  path_ = path;
  bytes_ = std::move(bytes);
  if (bytes_.size() < kHeadBytes || HasExtendedCounts(bytes_.data())) return false;
  elf_ = elf_memory(reinterpret_cast<char*>(bytes_.data()), bytes_.size());
  return HasHeader();
}

bool ElfFile::HasHeader() {
  return elf_ != nullptr && elf_kind(elf_) == ELF_K_ELF && gelf_getehdr(elf_, &header_) != nullptr;
}

bool ElfFile::Spend(uint64_t size, uint64_t most) const {
  bool fits = size <= most && size <= left_;
  if (fits) left_ -= size;
  cut_ = cut_ || !fits;
  return fits;
}

Elf_Data* ElfFile::Data(Elf_Scn* section, uint64_t most) const {
  GElf_Shdr header;
  if (gelf_getshdr(section, &header) == nullptr) return nullptr;
  bool known = read_.count(section) != 0;
  if (!known && header.sh_type != SHT_NOBITS && !Spend(header.sh_size, most)) return nullptr;
  read_.insert(section);
  return elf_getdata(section, nullptr);
}

Elf_Data* ElfFile::Chunk(uint64_t offset, uint64_t size, Elf_Type type, uint64_t most) const {
  if (offset > INT64_MAX || !Spend(size, most)) return nullptr;
  return elf_getdata_rawchunk(elf_, static_cast<int64_t>(offset), size, type);
}

std::vector<ElfFile::Section> ElfFile::Sections() const {
  std::vector<Section> sections;
  size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) return sections;
  Elf_Scn* names_section = elf_getscn(elf_, names);
  if (names_section == nullptr || Data(names_section) == nullptr) return sections;
  Elf_Scn* scn = nullptr;
  while ((scn = elf_nextscn(elf_, scn)) != nullptr) {
    Section section;
    section.section = scn;
    if (gelf_getshdr(scn, &section.header) == nullptr) continue;
    const char* name = elf_strptr(elf_, names, section.header.sh_name);
    section.name.assign(name == nullptr ? "" : name, name == nullptr ? 0 : strnlen(name, kMostSectionName));
    sections.push_back(std::move(section));
  }
  return sections;
}

std::vector<GElf_Phdr> ElfFile::Segments() const {
  std::vector<GElf_Phdr> segments;
  size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) return segments;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) != nullptr && segment.p_type == PT_LOAD)
      segments.push_back(segment);
    if (segments.size() == kMostSegments) break;
  }
  return segments;
}

std::string ElfFile::BuildId() const {
  size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) count = 0;
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr || segment.p_type != PT_NOTE) continue;
    Elf_Type type = segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
    std::string id = BuildIdOfNotes(Chunk(segment.p_offset, segment.p_filesz, type, kMostNoteBytes));
    if (!id.empty()) return id;
  }
  for (const Section& section : Sections()) {  // kernel modules have no segments, debug files empty ones
    if (section.header.sh_type != SHT_NOTE) continue;
    std::string id = BuildIdOfNotes(Data(section.section, kMostNoteBytes));
    if (!id.empty()) return id;
  }
  return {};
}

std::string ElfFile::DebugLink(uint32_t* checksum) const {
  for (const Section& section : Sections()) {
    if (section.name != ".gnu_debuglink") continue;
    Elf_Data* data = Data(section.section, kMostPathBytes);
    if (data == nullptr || data->d_buf == nullptr) return {};
    const char* text = static_cast<const char*>(data->d_buf);
    if (checksum != nullptr && data->d_size >= sizeof(*checksum))
      memcpy(checksum, text + data->d_size - sizeof(*checksum), sizeof(*checksum));
    return std::string(text, strnlen(text, data->d_size));
  }
  return {};
}

std::string ElfFile::Interpreter() const {
  size_t count = 0;
  if (elf_getphdrnum(elf_, &count) != 0) return {};
  for (size_t i = 0; i < count; i++) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf_, static_cast<int>(i), &segment) == nullptr || segment.p_type != PT_INTERP) continue;
    Elf_Data* data = Chunk(segment.p_offset, segment.p_filesz, ELF_T_BYTE, kMostPathBytes);
    if (data == nullptr || data->d_buf == nullptr) return {};
    const char* text = static_cast<const char*>(data->d_buf);
    return std::string(text, strnlen(text, data->d_size));
  }
  return {};
}

int64_t ElfFile::FileOffset(const std::vector<GElf_Phdr>& segments, uint64_t address) {
  for (const GElf_Phdr& segment : segments) {
    if (address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz) {
      return static_cast<int64_t>(address - segment.p_vaddr + segment.p_offset);
    }
  }
  return -1;
}

// readElfSymbols(path, options?). .symtab of the file, else of its debug file, else what is packed into it; .dynsym in
// any case.
Napi::Value ReadElfSymbols(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  Napi::Object options = read.ObjectOr(info[1], "options");
  bool debug_files = read.BoolOr(read.Field(options, "debugFiles"), "debugFiles", true);
  std::vector<std::string> roots;
  Napi::Value folders = read.Field(options, "debugFolders");
  if (!args::Reader::Missing(folders)) roots = read.Strings(folders, "debugFolders");
  roots.push_back(kSystemDebugFolder);
  Wanted wanted;
  wanted.objects = read.BoolOr(read.Field(options, "objects"), "objects", false);
  wanted.versions = read.BoolOr(read.Field(options, "versions"), "versions", false);
  wanted.imported = read.BoolOr(read.Field(options, "imported"), "imported", false);
  if (!read.ok()) return env.Undefined();
  ElfFile file, debug, packed;
  Failure failure;
  if (!file.Open(path, &failure)) return Throw(env, failure);
  SymbolList list;
  std::string debug_path;
  if (!AddSymbols(file, SHT_SYMTAB, wanted, &list) && debug_files) {
    if (OpenDebugFile(file, roots, &debug)) {
      AddSymbols(debug, SHT_SYMTAB, wanted, &list);
      debug_path = debug.path();
    } else if (OpenPackedSymbols(file, &packed)) {
      AddSymbols(packed, SHT_SYMTAB, wanted, &list);
    }
  }
  AddSymbols(file, SHT_DYNSYM, wanted, &list);
  if (file.cut() || debug.cut() || packed.cut() || list.cut) return ThrowErrno(env, "readElfSymbols", EFBIG, path);
  std::vector<Symbol>& symbols = list.symbols;
  auto before = [](const Symbol& a, const Symbol& b) {
    return a.address != b.address ? a.address < b.address : a.name < b.name;
  };
  auto same = [](const Symbol& a, const Symbol& b) { return a.address == b.address && a.name == b.name; };
  std::stable_sort(symbols.begin(), symbols.end(), before);
  symbols.erase(std::unique(symbols.begin(), symbols.end(), same), symbols.end());
  return SymbolsToJs(env, symbols, file.Segments(), debug_path);
}

Napi::Value ElfInfo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.String(info[0], "path");
  if (!read.ok()) return env.Undefined();
  ElfFile file;
  Failure failure;
  if (!file.Open(path, &failure)) return Throw(env, failure);
  auto number = [env](uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); };
  Napi::Array segments = Napi::Array::New(env);
  for (const GElf_Phdr& segment : file.Segments()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("fileOffset", number(segment.p_offset));
    entry.Set("address", number(segment.p_vaddr));
    entry.Set("fileBytes", number(segment.p_filesz));
    entry.Set("memoryBytes", number(segment.p_memsz));
    entry.Set("flags", number(segment.p_flags));
    segments[segments.Length()] = entry;
  }
  auto optional = [env](const std::string& text) -> Napi::Value {
    return text.empty() ? env.Undefined() : Napi::String::New(env, text);
  };
  Napi::Object result = Napi::Object::New(env);
  result.Set("buildId", file.BuildId());
  result.Set("type", number(file.header().e_type));
  result.Set("machine", number(file.header().e_machine));
  result.Set("bits", number(gelf_getclass(file.elf()) == ELFCLASS64 ? 64 : 32));
  result.Set("littleEndian", file.header().e_ident[EI_DATA] == ELFDATA2LSB);
  result.Set("entry", number(file.header().e_entry));
  result.Set("segments", segments);
  result.Set("interpreter", optional(file.Interpreter()));
  result.Set("debugLink", optional(file.DebugLink()));
  return result;
}
