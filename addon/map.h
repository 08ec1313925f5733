// A BPF map: of an object, or created or opened by itself.
#pragma once

#include <bpf/libbpf.h>

#include <memory>
#include <string>
#include <vector>

#include "handle.h"
#include "object.h"

// What reading and writing a map needs to know of it.
struct MapShape {
  int fd = -1;
  uint32_t type = 0;
  uint32_t key_size = 0;
  uint32_t value_bytes = 0;  // of one lookup: for per-CPU maps all CPUs
  uint32_t max_entries = 0;
  std::string name;

  bool is_array() const { return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY; }
};

struct MapContents {
  uint32_t count = 0;
  std::vector<uint8_t> keys;
  std::vector<uint8_t> values;
};

// Whole-map operations; false with `failure` filled in.
bool ReadWholeMap(const MapShape& map, MapContents* contents, Failure* failure);
// Reads and removes every element in one step. keep_keys: they come back with values of zero.
bool TakeWholeMap(const MapShape& map, bool keep_keys, MapContents* contents, Failure* failure);
bool DeleteWholeMap(const MapShape& map, uint32_t* deleted, Failure* failure);
bool ZeroWholeMap(const MapShape& map, uint32_t* zeroed, Failure* failure);

struct MapInit {
  std::shared_ptr<ObjectCore> core;  // both, or `fd`
  bpf_map* map;
  UniqueFd fd;
};

class MapHandle : public Handle<MapHandle, MapInit> {
 public:
  static constexpr const char* kName = "Map";
  static constexpr HandleClass kClass = HandleClass::kMap;

  static void Define(Napi::Env env);
  static Napi::Value Create(const Napi::CallbackInfo& info);        // createMap(options)
  static Napi::Value OpenExisting(const Napi::CallbackInfo& info);  // openMap({id} | {path})
  explicit MapHandle(const Napi::CallbackInfo& info);

  // False with an exception pending when the map is closed or not there yet.
  bool Ready(Napi::Env env, MapShape* shape);

 private:
  bool Closed() const;
  Napi::Value Aside(Napi::Env env, void (*read)(const MapShape&, MapContents*, Failure*));
  int FdOrMinusOne() const;

  Napi::Value Name(const Napi::CallbackInfo& info);
  Napi::Value Type(const Napi::CallbackInfo& info);
  Napi::Value KeySize(const Napi::CallbackInfo& info);
  Napi::Value ValueSize(const Napi::CallbackInfo& info);
  Napi::Value ValueBytes(const Napi::CallbackInfo& info);
  Napi::Value PerCpu(const Napi::CallbackInfo& info);
  Napi::Value MaxEntries(const Napi::CallbackInfo& info);
  Napi::Value Flags(const Napi::CallbackInfo& info);
  Napi::Value Fd(const Napi::CallbackInfo& info);
  Napi::Value Internal(const Napi::CallbackInfo& info);
  Napi::Value SetMaxEntries(const Napi::CallbackInfo& info);

  Napi::Value Id(const Napi::CallbackInfo& info);
  Napi::Value Lookup(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Delete(const Napi::CallbackInfo& info);
  Napi::Value NextKey(const Napi::CallbackInfo& info);
  Napi::Value LookupAndDelete(const Napi::CallbackInfo& info);
  Napi::Value ReadAll(const Napi::CallbackInfo& info);
  Napi::Value ReadAllAsync(const Napi::CallbackInfo& info);
  Napi::Value TakeAll(const Napi::CallbackInfo& info);
  Napi::Value TakeAllAsync(const Napi::CallbackInfo& info);
  Napi::Value DeleteAll(const Napi::CallbackInfo& info);
  Napi::Value ZeroAll(const Napi::CallbackInfo& info);
  Napi::Value Freeze(const Napi::CallbackInfo& info);
  Napi::Value Pin(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  std::string name_;
  uint32_t type_ = 0;
  uint32_t key_size_ = 0;
  uint32_t value_size_ = 0;
  uint32_t max_entries_ = 0;
  uint32_t flags_ = 0;
  bool internal_ = false;
  std::shared_ptr<ObjectCore> core_;
  bpf_map* map_ = nullptr;
  UniqueFd own_fd_;
};
