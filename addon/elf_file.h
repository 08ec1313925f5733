// An ELF file opened for reading by libelf.
#pragma once

#include <gelf.h>
#include <napi.h>

#include <string>
#include <vector>

#include "env.h"
#include "errors.h"

class ElfFile {
 public:
  ElfFile() = default;
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;
  ~ElfFile();

  // False with `failure` filled in when it cannot be read or is not ELF. Not memory-mapped: a file that is rewritten
  // meanwhile must not kill us.
  bool Open(const std::string& path, Failure* failure);

  const std::string& path() const { return path_; }
  const GElf_Ehdr& header() const { return header_; }
  Elf* elf() const { return elf_; }

  struct Section {
    Elf_Scn* section = nullptr;
    GElf_Shdr header{};
    std::string name;
  };
  std::vector<Section> Sections() const;
  std::vector<GElf_Phdr> Segments() const;  // PT_LOAD
  std::string BuildId() const;              // hex, '' without
  std::string DebugLink() const;            // file name of .gnu_debuglink, '' without
  std::string Interpreter() const;

  // Offset in the file of an address, -1 when no loaded segment has it.
  static int64_t FileOffset(const std::vector<GElf_Phdr>& segments, uint64_t address);

 private:
  std::string path_;
  UniqueFd fd_;
  Elf* elf_ = nullptr;
  GElf_Ehdr header_{};
};

// Module functions.
Napi::Value ReadElfSymbols(const Napi::CallbackInfo& info);
Napi::Value ElfInfo(const Napi::CallbackInfo& info);
Napi::Value ReadUsdtProbes(const Napi::CallbackInfo& info);
