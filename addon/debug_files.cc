// Separate debug files, and symbols packed into the file itself.
//
//   facts  gdb's manual, "Separate Debug Files" and "MiniDebugInfo". liblzma is opened when the first packed symbols
//          are met: few systems have such files (Fedora and its relatives), and those have the library, for rpm needs
//          it. So neither building nor starting needs it. lzma_stream_buffer_decode is in its ABI since 5.0
//          (lzma/container.h)
#include "debug_files.h"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <string_view>

namespace {

constexpr uint64_t kMostLinkedBytes = 1u << 30;
constexpr size_t kMostUnpackedBytes = 256u << 20;
constexpr uint64_t kMostLzmaMemory = 256u << 20;
constexpr size_t kPieceBytes = 1u << 20;

std::string FolderOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// A folder as the process that maps the file names it: /proc/PID/root/usr/bin is /usr/bin.
std::string WithoutProcRoot(const std::string& folder) {
  constexpr std::string_view kProc = "/proc/", kRoot = "/root/";
  if (folder.compare(0, kProc.size(), kProc) != 0) return folder;
  size_t end = folder.find_first_not_of("0123456789", kProc.size());
  bool is_root = end != std::string::npos && end > kProc.size() && folder.compare(end, kRoot.size(), kRoot) == 0;
  return is_root ? folder.substr(end + kRoot.size() - 1) : folder;
}

// CRC-32 of a whole file. False when it cannot be read, or has too many bytes.
bool ChecksumOf(const std::string& path, uint32_t* sum) {
  UniqueFd fd;
  struct stat status {};
  if (OpenForeign(path, &fd) != 0 || fstat(fd.get(), &status) != 0) return false;
  if (status.st_size < 0 || static_cast<uint64_t>(status.st_size) > kMostLinkedBytes) return false;
  std::vector<unsigned char> piece(kPieceBytes);
  uLong crc = crc32(0, nullptr, 0);
  for (;;) {
    ssize_t got = read(fd.get(), piece.data(), piece.size());
    if (got < 0) return false;
    if (got == 0) break;
    crc = crc32(crc, piece.data(), static_cast<uInt>(got));
  }
  *sum = static_cast<uint32_t>(crc);
  return true;
}

using StreamBufferDecode = int (*)(uint64_t* memory_limit, uint32_t flags, const void* allocator, const uint8_t* in,
                                   size_t* in_at, size_t in_size, uint8_t* out, size_t* out_at, size_t out_size);
constexpr int kLzmaOk = 0;
constexpr int kLzmaBufferError = 10;  // the output did not fit

StreamBufferDecode LoadDecoder() {
  void* library = dlopen("liblzma.so.5", RTLD_NOW | RTLD_LOCAL);
  return library == nullptr ? nullptr
                            : reinterpret_cast<StreamBufferDecode>(dlsym(library, "lzma_stream_buffer_decode"));
}

// How many bytes there will be is not asked of the file, which may say anything: there is twice the room each time.
bool Unpack(const Elf_Data* packed, std::vector<uint8_t>* out) {
  static const StreamBufferDecode decode = LoadDecoder();
  if (decode == nullptr) return false;
  const auto* bytes = static_cast<const uint8_t*>(packed->d_buf);
  size_t room = std::max<size_t>(packed->d_size * 8, 1u << 16);
  for (; room <= kMostUnpackedBytes; room *= 2) {
    out->resize(room);
    uint64_t memory = kMostLzmaMemory;
    size_t in_at = 0, out_at = 0;
    int result = decode(&memory, 0, nullptr, bytes, &in_at, packed->d_size, out->data(), &out_at, room);
    if (result == kLzmaBufferError && out_at == room) continue;
    out->resize(out_at);
    return result == kLzmaOk;
  }
  return false;
}

}  // namespace

bool OpenDebugFile(const ElfFile& file, const std::vector<std::string>& roots, ElfFile* debug) {
  std::string id = file.BuildId();
  std::vector<std::string> candidates;
  if (id.size() > 2) {
    for (const std::string& root : roots)
      candidates.push_back(root + "/.build-id/" + id.substr(0, 2) + "/" + id.substr(2) + ".debug");
  }
  uint32_t wanted = 0;
  std::string link = file.DebugLink(&wanted);
  // a name with slashes would lead out of the folders
  if (!link.empty() && link.find('/') == std::string::npos) {
    std::string folder = FolderOf(file.path());
    candidates.push_back(folder + "/" + link);
    candidates.push_back(folder + "/.debug/" + link);
    std::string inner = WithoutProcRoot(folder);
    for (const std::string& root : roots) {
      if (inner[0] == '/') candidates.push_back(root + inner + "/" + link);
      candidates.push_back(root + "/" + link);
    }
  }
  for (const std::string& path : candidates) {
    Failure failure;
    if (path == file.path() || !debug->Open(path, &failure)) continue;
    uint32_t sum = 0;
    if (id.empty() ? ChecksumOf(path, &sum) && sum == wanted : debug->BuildId() == id) return true;
  }
  return false;
}

bool OpenPackedSymbols(const ElfFile& file, ElfFile* packed) {
  for (const ElfFile::Section& section : file.Sections()) {
    if (section.name != ".gnu_debugdata") continue;
    Elf_Data* data = file.Data(section.section, kMostUnpackedBytes);
    std::vector<uint8_t> bytes;
    if (data == nullptr || data->d_buf == nullptr || !Unpack(data, &bytes)) return false;
    return packed->OpenBytes(std::move(bytes), file.path());
  }
  return false;
}
