// /proc/kallsyms, read and sorted: lines of `address type name`, symbols of modules followed by a tab and `[module]`.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "args.h"
#include "machine.h"
#include "task.h"

namespace {

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

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Takes the text piece by piece, as the kernel writes it. Lines that are not of this form are left out.
class Parser {
 public:
  explicit Parser(Table* table) : table_(table) {}

  void Line(const char* line, const char* stop) {
    const char* at = line;
    uint64_t address = 0;
    for (int digit; at < stop && (digit = HexDigit(*at)) >= 0; at++)
      address = address << 4 | static_cast<uint64_t>(digit);
    if (stop - at < 4 || at[0] != ' ' || at[2] != ' ') return;
    const char* name = at + 3;
    const auto* tab = static_cast<const char*>(memchr(name, '\t', static_cast<size_t>(stop - name)));
    bool in_module = tab != nullptr && stop - tab > 3 && tab[1] == '[' && stop[-1] == ']';
    if (address != 0) table_->restricted = false;
    if (!table_->addresses.empty() && address < table_->addresses.back()) sorted_ = false;
    table_->addresses.push_back(address);
    table_->name_offsets.push_back(static_cast<uint32_t>(table_->names.size()));
    table_->types.push_back(static_cast<uint8_t>(at[1]));
    table_->modules.push_back(in_module ? Module(tab + 2, static_cast<size_t>(stop - tab) - 3) : 0);
    table_->names.append(name, tab == nullptr ? stop : tab);
    table_->names.push_back('\0');
  }

  // Modules come one after the other: their symbols may lie between those of others.
  void Sort() {
    if (sorted_) return;
    std::vector<uint32_t> order(table_->addresses.size());
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(),
                     [this](uint32_t a, uint32_t b) { return table_->addresses[a] < table_->addresses[b]; });
    Table in_order;
    in_order.names.reserve(table_->names.size());
    for (uint32_t index : order) {
      in_order.addresses.push_back(table_->addresses[index]);
      in_order.name_offsets.push_back(static_cast<uint32_t>(in_order.names.size()));
      in_order.types.push_back(table_->types[index]);
      in_order.modules.push_back(table_->modules[index]);
      in_order.names.append(table_->names.c_str() + table_->name_offsets[index]);
      in_order.names.push_back('\0');
    }
    in_order.module_names = std::move(table_->module_names);
    in_order.restricted = table_->restricted;
    *table_ = std::move(in_order);
  }

 private:
  uint16_t Module(const char* name, size_t length) {
    if (last_module_.compare(0, std::string::npos, name, length) != 0) {
      last_module_.assign(name, length);
      auto [found, added] = module_index_.try_emplace(last_module_, static_cast<uint16_t>(table_->module_names.size()));
      if (added) table_->module_names.push_back(last_module_);
      last_index_ = found->second;
    }
    return last_index_;
  }

  Table* table_;
  bool sorted_ = true;
  std::unordered_map<std::string, uint16_t> module_index_;
  std::string last_module_;
  uint16_t last_index_ = 0;
};

bool ReadTable(const std::string& path, Table* table, Failure* failure) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    *failure = Failure::Errno("open", errno, path);
    return false;
  }
  Parser parser(table);
  std::vector<char> text(1u << 16);
  size_t kept = 0;  // bytes of a line whose end has not come yet
  for (;;) {
    if (kept == text.size()) text.resize(text.size() * 2);
    ssize_t got = read(fd.get(), text.data() + kept, text.size() - kept);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      *failure = Failure::Errno("read", errno, path);
      return false;
    }
    const char* line = text.data();
    const char* end = line + kept + got;
    while (line < end) {
      const auto* stop = static_cast<const char*>(memchr(line, '\n', static_cast<size_t>(end - line)));
      if (stop == nullptr && got > 0) break;
      parser.Line(line, stop == nullptr ? end : stop);
      line = stop == nullptr ? end : stop + 1;
    }
    if (got == 0) break;
    kept = static_cast<size_t>(end - line);
    memmove(text.data(), line, kept);
  }
  parser.Sort();
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
