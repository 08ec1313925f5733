// C++ names for people.
//
//   idea   a name of 200 letters may stand for gigabytes of text: every level says "what was before, twice". The
//   demangler hands over
//          its text piece by piece, and is left when there is too much of it
//   facts  __cxa_demangle has no limit. The demangler with a callback is in libstdc++'s static library only, from which
//          scripts/static-demangler.sh takes it; it is written in C, keeps everything on its stack, and so may be left
//          by longjmp
#include <cxxabi.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "args.h"
#include "machine.h"

extern "C" __attribute__((weak)) int __gcclibcxx_demangle_callback(const char* mangled,
                                                                   void (*add)(const char*, size_t, void*), void* to);

namespace {

constexpr size_t kMostMangledBytes = 8192;
constexpr size_t kMostTextBytes = 8192;
// Each reference to something earlier at most doubles the text: without the callback, names with more stay as they are.
constexpr int kMostReferences = 8;
// What an expansion of a parameter pack repeats is searched for a pack before anything is written: a reference at most
// doubles that search, too (libiberty/cp-demangle.c d_find_pack). About 2 ms.
constexpr size_t kMostPackSteps = size_t{1} << 16;

struct Text {
  std::string bytes;
  jmp_buf too_long;
};

void Add(const char* bytes, size_t size, void* to) {
  auto* text = static_cast<Text*>(to);
  if (text->bytes.size() + size > kMostTextBytes) longjmp(text->too_long, 1);
  text->bytes.append(bytes, size);
}

// Steps of the searches for packs, at most.
size_t PackSteps(const std::string& name) {
  size_t packs = 0, references = 0;
  for (size_t at = 0; at + 1 < name.size(); at++) {
    std::string two = name.substr(at, 2);
    if (two == "Dp" || two == "sp" || two == "sZ" || two == "sP") packs++;
    if (two[0] != 'S') continue;
    size_t end = name.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", at + 1);
    if (end != std::string::npos && name[end] == '_') references++;
  }
  return references < 32 ? packs << references : packs == 0 ? 0 : SIZE_MAX;
}

bool DemangleByPieces(const std::string& name, Text* text) {
  if (setjmp(text->too_long) != 0) return false;
  return __gcclibcxx_demangle_callback(name.c_str(), Add, text) == 0;
}

bool DemangleAtOnce(const std::string& name, Text* text) {
  if (std::count_if(name.begin(), name.end(), [](char c) { return c == 'S' || c == 'T'; }) > kMostReferences)
    return false;
  int status = 0;
  char* found = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  if (status == 0 && found != nullptr) text->bytes = found;
  free(found);
  return status == 0 && text->bytes.size() <= kMostTextBytes;
}

}  // namespace

Napi::Value Demangle(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string name = read.String(info[0], "name");
  // the demangler also takes encoded types ("i" is int): only names are meant here
  if (!read.ok() || name.compare(0, 2, "_Z") != 0 || name.size() > kMostMangledBytes ||
      PackSteps(name) > kMostPackSteps)
    return env.Undefined();
  Text text;
  bool found = __gcclibcxx_demangle_callback != nullptr ? DemangleByPieces(name, &text) : DemangleAtOnce(name, &text);
  return found ? Napi::String::New(env, text.bytes) : env.Undefined();
}
