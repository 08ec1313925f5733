// Where else the symbols of a stripped file are: in a separate file, or packed within itself.
#pragma once

#include <string>
#include <vector>

#include "elf_file.h"

// Opens the separate debug file of a file: by build id below the roots (.build-id/ab/cdef.debug), or by the name in
// .gnu_debuglink beside the file, in .debug there, and below the roots. What is found must have the same build id, or,
// where the file has none, the checksum that the link says.
bool OpenDebugFile(const ElfFile& file, const std::vector<std::string>& roots, ElfFile* debug);

// Opens what .gnu_debugdata holds ("MiniDebugInfo": an ELF file with the symbols, compressed by xz). False when there
// is none, it is damaged, or liblzma is not installed.
bool OpenPackedSymbols(const ElfFile& file, ElfFile* packed);
