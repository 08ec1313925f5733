// /proc/kallsyms, read and sorted: lines of `address type name`, symbols of modules followed by a tab and `[module]`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "args.h"
#include "machine.h"
#include "task.h"

namespace {

struct Symbol {
  uint64_t address;
  uint32_t line;    // where its name begins in the text
  uint16_t length;  // of the name
  uint16_t module;
  uint8_t type;
};

// What JavaScript gets: a column for each property, names one after the other, each ended by a NUL.
struct Table {
  std::vector<uint64_t> addresses;
  std::vector<uint32_t> name_offsets;
  std::vector<uint8_t> types;
  std::vector<uint16_t> modules;
  std::string names;
  std::vector<std::string> module_names{""};
  bool restricted = true;
};

bool ReadText(const std::string& path, std::string* text, Failure* failure) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    *failure = Failure::Errno("open", errno, path);
    return false;
  }
  size_t size = 0;
  text->resize(8u << 20);
  for (;;) {
    if (text->size() - size < 65536) text->resize(text->size() * 2);
    ssize_t got = read(fd.get(), text->data() + size, std::min<size_t>(text->size() - size, 1u << 20));
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 || size + static_cast<size_t>(got) > UINT32_MAX) {
      *failure = Failure::Errno("read", got < 0 ? errno : EFBIG, path);
      return false;
    }
    size += static_cast<size_t>(got);
  }
  text->resize(size);
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Lines that are not of this form are left out.
std::vector<Symbol> Parse(const std::string& text, Table* table) {
  std::unordered_map<std::string, uint16_t> module_index;
  std::string last_module;
  uint16_t last_index = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  std::vector<Symbol> symbols;
  symbols.reserve(text.size() / 32);
  for (const char* line = begin; line < end;) {
    const auto* stop = static_cast<const char*>(memchr(line, '\n', static_cast<size_t>(end - line)));
    if (stop == nullptr) stop = end;
    const char* at = line;
    line = stop + 1;
    uint64_t address = 0;
    for (int digit; at < stop && (digit = HexDigit(*at)) >= 0; at++)
      address = address << 4 | static_cast<uint64_t>(digit);
    if (stop - at < 4 || at[0] != ' ' || at[2] != ' ') continue;
    auto type = static_cast<uint8_t>(at[1]);
    const char* name = at + 3;
    const auto* tab = static_cast<const char*>(memchr(name, '\t', static_cast<size_t>(stop - name)));
    const char* name_end = tab == nullptr ? stop : tab;
    if (name_end - name > UINT16_MAX) continue;
    uint16_t module = 0;
    if (tab != nullptr && stop - tab > 3 && tab[1] == '[' && stop[-1] == ']') {
      size_t length = static_cast<size_t>(stop - tab) - 3;
      if (last_module.compare(0, std::string::npos, tab + 2, length) != 0) {
        last_module.assign(tab + 2, length);
        auto [found, added] = module_index.try_emplace(last_module, static_cast<uint16_t>(table->module_names.size()));
        if (added) table->module_names.push_back(last_module);
        last_index = found->second;
      }
      module = last_index;
    }
    if (address != 0) table->restricted = false;
    auto length = static_cast<uint16_t>(name_end - name);
    symbols.push_back({address, static_cast<uint32_t>(name - begin), length, module, type});
  }
  auto before = [](const Symbol& a, const Symbol& b) { return a.address < b.address; };
  if (!std::is_sorted(symbols.begin(), symbols.end(), before)) {
    std::stable_sort(symbols.begin(), symbols.end(), before);
  }
  return symbols;
}

bool ReadTable(const std::string& path, Table* table, Failure* failure) {
  std::string text;
  if (!ReadText(path, &text, failure)) return false;
  std::vector<Symbol> symbols = Parse(text, table);
  table->addresses.reserve(symbols.size());
  table->name_offsets.reserve(symbols.size());
  table->types.reserve(symbols.size());
  table->modules.reserve(symbols.size());
  table->names.reserve(text.size());
  for (const Symbol& symbol : symbols) {
    table->addresses.push_back(symbol.address);
    table->name_offsets.push_back(static_cast<uint32_t>(table->names.size()));
    table->types.push_back(symbol.type);
    table->modules.push_back(symbol.module);
    table->names.append(text, symbol.line, symbol.length);
    table->names.push_back('\0');
  }
  return true;
}

Napi::Value ToJs(Napi::Env env, const Table& table) {
  size_t count = table.addresses.size();
  auto addresses = Napi::BigUint64Array::New(env, count);
  auto name_offsets = Napi::Uint32Array::New(env, count);
  auto types = Napi::Uint8Array::New(env, count);
  auto modules = Napi::Uint16Array::New(env, count);
  auto names = Napi::Buffer<char>::Copy(env, table.names.data(), table.names.size());
  bool made =
      !addresses.IsEmpty() && !name_offsets.IsEmpty() && !types.IsEmpty() && !modules.IsEmpty() && !names.IsEmpty();
  if (!made) return env.Undefined();  // the worker is being terminated
  memcpy(addresses.Data(), table.addresses.data(), count * sizeof(uint64_t));
  memcpy(name_offsets.Data(), table.name_offsets.data(), count * sizeof(uint32_t));
  memcpy(types.Data(), table.types.data(), count);
  memcpy(modules.Data(), table.modules.data(), count * sizeof(uint16_t));
  Napi::Array module_names = Napi::Array::New(env, table.module_names.size());
  for (uint32_t i = 0; i < table.module_names.size(); i++) {
    module_names[i] = Napi::String::New(env, table.module_names[i]);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("count", Napi::Number::New(env, static_cast<double>(count)));
  result.Set("addresses", addresses);
  result.Set("nameOffsets", name_offsets);
  result.Set("names", names);
  result.Set("types", types);
  result.Set("modules", modules);
  result.Set("moduleNames", module_names);
  result.Set("restricted", table.restricted);
  return result;
}

}  // namespace

Napi::Value ReadKallsyms(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.StringOr(info[0], "path", "/proc/kallsyms");
  if (!read.ok()) return env.Undefined();
  Table table;
  Failure failure;
  if (!ReadTable(path, &table, &failure)) return Throw(env, failure);
  return ToJs(env, table);
}

Napi::Value ReadKallsymsAsync(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  args::Reader read(env);
  std::string path = read.StringOr(info[0], "path", "/proc/kallsyms");
  if (!read.ok()) return env.Undefined();
  struct Result {
    Table table;
    Failure failure;
  };
  auto result = std::make_shared<Result>();
  auto deferred = Napi::Promise::Deferred::New(env);
  Task::Start(
      env, [path, result] { ReadTable(path, &result->table, &result->failure); },
      [result, deferred](Napi::Env done) {
        if (result->failure.failed()) {
          deferred.Reject(MakeError(done, result->failure));
        } else {
          deferred.Resolve(ToJs(done, result->table));
        }
      });
  return deferred.Promise();
}
