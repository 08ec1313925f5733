// An ELF file opened for reading by libelf.
#pragma once

#include <gelf.h>
#include <napi.h>

#include <string>
#include <unordered_set>
#include <vector>

#include "env.h"
#include "errors.h"

// Opens a file that somebody else named, as lib/runtime/native/foreign-file.ts does: only regular files, and nothing
// that is none is opened at all, for a device may start something and a pipe has no end. 0 or an errno, ENOEXEC for
// those.
int OpenForeign(const std::string& path, UniqueFd* fd);

class ElfFile {
 public:
  ElfFile() = default;
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile();

  // False with `failure` filled in when it cannot be read or is not ELF; ENOEXEC for whatever is no regular file. Not
  // memory-mapped: a file that is rewritten meanwhile must not kill us.
  bool Open(const std::string& path, Failure* failure);

  // The same of bytes in memory.
  bool OpenBytes(std::vector<uint8_t> bytes, const std::string& path);

  const std::string& path() const { return path_; }
  const GElf_Ehdr& header() const { return header_; }
  Elf* elf() const { return elf_; }

  struct Section {
    Elf_Scn* section = nullptr;
    GElf_Shdr header{};
    std::string name;
  };
  std::vector<Section> Sections() const;
  // What a section holds; null when it is empty, or claims more than `most` bytes or than is left of kMostBytes.
  Elf_Data* Data(Elf_Scn* section, uint64_t most = kMostBytes) const;
  // The same of bytes that have no section.
  Elf_Data* Chunk(uint64_t offset, uint64_t size, Elf_Type type, uint64_t most) const;
  // Something was left out because it is too large.
  bool cut() const { return cut_; }
  std::vector<GElf_Phdr> Segments() const;  // PT_LOAD
  std::string BuildId() const;              // hex, '' without
  // File name of .gnu_debuglink, '' without; `checksum`, when given, is the link's CRC-32 of that file.
  std::string DebugLink(uint32_t* checksum = nullptr) const;
  std::string Interpreter() const;

  // Offset in the file of an address, -1 when no loaded segment has it.
  static int64_t FileOffset(const std::vector<GElf_Phdr>& segments, uint64_t address);

 private:
  // What is read of one file at most. A file of a few kilobytes may claim tables of gigabytes (it has holes), and may
  // claim them many times over; the largest programs that people build have half of this.
  static constexpr uint64_t kMostBytes = 512u << 20;

  bool HasHeader();
  bool Spend(uint64_t size, uint64_t most) const;

  mutable uint64_t left_ = kMostBytes;
  mutable bool cut_ = false;
  mutable std::unordered_set<Elf_Scn*> read_;  // paid for
  std::string path_;
  std::vector<uint8_t> bytes_;  // of OpenBytes()
  UniqueFd fd_;
  Elf* elf_ = nullptr;
  GElf_Ehdr header_{};
};

// Module functions.
Napi::Value ReadElfSymbols(const Napi::CallbackInfo& info);
Napi::Value ElfInfo(const Napi::CallbackInfo& info);
Napi::Value ReadUsdtProbes(const Napi::CallbackInfo& info);
