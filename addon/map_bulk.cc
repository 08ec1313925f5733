// Whole-map operations.
//
//   idea   batch calls where the map type has them, one call per element where it has none; elements that come and go
//          meanwhile are no error
//   facts  kernel/bpf/hashtab.c __htab_map_lookup_and_delete_batch, kernel/bpf/syscall.c generic_map_*_batch:
//          ENOENT means the end (with a last part), ENOSPC that one bucket holds more than the batch has room for
#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <unordered_set>

#include "map.h"

namespace {

constexpr size_t kBatchBytes = 1u << 20;
constexpr uint32_t kLeastBatch = 64;

bool HasNoBatch(int error) { return error == -524 || error == -EOPNOTSUPP || error == -EINVAL; }

enum class Outcome { kDone, kUnsupported, kFailed };

using BatchCall = decltype(&bpf_map_lookup_batch);

Outcome ReadByBatches(const MapShape& map, BatchCall call, const char* name, MapContents* contents, Failure* failure) {
  size_t element = std::max<size_t>(1, static_cast<size_t>(map.key_size) + map.value_bytes);
  auto batch = static_cast<uint32_t>(
      std::clamp<size_t>(kBatchBytes / element, kLeastBatch, std::max(map.max_entries, kLeastBatch)));
  // where a batch ended: a bucket number, or for arrays a key
  std::vector<uint8_t> from(std::max<size_t>(map.key_size, 8)), to(from.size());
  bool first = true;
  for (;;) {
    size_t have = contents->count;
    contents->keys.resize((have + batch) * map.key_size);
    contents->values.resize((have + batch) * map.value_bytes);
    uint32_t count = batch;
    int error = call(map.fd, first ? nullptr : from.data(), to.data(), contents->keys.data() + have * map.key_size,
                     contents->values.data() + have * map.value_bytes, &count, nullptr);
    if (error == -ENOSPC) {
      if (batch > map.max_entries) {  // cannot be: no bucket holds more than the map
        *failure = Failure::Errno(name, ENOSPC, map.name);
        return Outcome::kFailed;
      }
      batch *= 2;
      continue;
    }
    if (error != 0 && error != -ENOENT) {
      if (first && HasNoBatch(error)) return Outcome::kUnsupported;
      *failure = Failure::Errno(name, -error, map.name);
      return Outcome::kFailed;
    }
    contents->count += std::min(count, batch);
    if (error == -ENOENT) break;
    from.swap(to);
    first = false;
  }
  contents->keys.resize(static_cast<size_t>(contents->count) * map.key_size);
  contents->values.resize(static_cast<size_t>(contents->count) * map.value_bytes);
  return Outcome::kDone;
}

// When the key we stand on is deleted meanwhile, the kernel starts again from the first: hence the set of keys seen.
bool ReadOneByOne(const MapShape& map, MapContents* contents, Failure* failure) {
  std::unordered_set<std::string> seen;
  std::vector<uint8_t> key(map.key_size), next(map.key_size), value(map.value_bytes);
  bool first = true;
  for (uint64_t steps = 0; steps < 4ull * map.max_entries + 1024; steps++) {
    int error = bpf_map_get_next_key(map.fd, first ? nullptr : key.data(), next.data());
    if (error == -ENOENT) return true;
    if (error != 0) {
      *failure = Failure::Errno("bpf_map_get_next_key", -error, map.name);
      return false;
    }
    key.swap(next);
    first = false;
    if (!seen.emplace(key.begin(), key.end()).second) continue;
    error = bpf_map_lookup_elem(map.fd, key.data(), value.data());
    if (error == -ENOENT) continue;
    if (error != 0) {
      *failure = Failure::Errno("bpf_map_lookup_elem", -error, map.name);
      return false;
    }
    contents->keys.insert(contents->keys.end(), key.begin(), key.end());
    contents->values.insert(contents->values.end(), value.begin(), value.end());
    contents->count++;
  }
  return true;  // changes faster than we walk: what we have is a fair sample
}

}  // namespace

bool ReadWholeMap(const MapShape& map, MapContents* contents, Failure* failure) {
  Outcome outcome = ReadByBatches(map, bpf_map_lookup_batch, "bpf_map_lookup_batch", contents, failure);
  if (outcome != Outcome::kUnsupported) return outcome == Outcome::kDone;
  *contents = MapContents();
  return ReadOneByOne(map, contents, failure);
}

// A program may have made an element of the key meanwhile, or filled the map: then its element stands.
bool TakeWholeMap(const MapShape& map, bool keep_keys, MapContents* contents, Failure* failure) {
  const char* name = "bpf_map_lookup_and_delete_batch";
  Outcome outcome = ReadByBatches(map, bpf_map_lookup_and_delete_batch, name, contents, failure);
  if (outcome == Outcome::kUnsupported) *failure = Failure::Errno(name, EOPNOTSUPP, map.name);
  if (outcome != Outcome::kDone) return false;
  if (!keep_keys) return true;
  std::vector<uint8_t> zeros(map.value_bytes);
  for (uint32_t i = 0; i < contents->count; i++) {
    const uint8_t* key = contents->keys.data() + static_cast<size_t>(i) * map.key_size;
    int error = bpf_map_update_elem(map.fd, key, zeros.data(), BPF_NOEXIST);
    if (error != 0 && error != -EEXIST && error != -E2BIG) {
      *failure = Failure::Errno("bpf_map_update_elem", -error, map.name);
      return false;
    }
  }
  return true;
}

bool DeleteWholeMap(const MapShape& map, uint32_t* deleted, Failure* failure) {
  MapContents contents;
  if (!ReadWholeMap(map, &contents, failure)) return false;
  bool batches = true;
  for (uint32_t i = 0; i < contents.count;) {
    uint8_t* key = contents.keys.data() + static_cast<size_t>(i) * map.key_size;
    uint32_t count = contents.count - i;
    int error = batches ? bpf_map_delete_batch(map.fd, key, &count, nullptr) : bpf_map_delete_elem(map.fd, key);
    if (batches && HasNoBatch(error)) {
      batches = false;
      continue;
    }
    if (error != 0 && error != -ENOENT) {
      *failure = Failure::Errno(batches ? "bpf_map_delete_batch" : "bpf_map_delete_elem", -error, map.name);
      return false;
    }
    uint32_t gone = batches ? std::min(count, contents.count - i) : (error == 0 ? 1 : 0);
    *deleted += gone;
    i += gone + (error == -ENOENT ? 1 : 0);  // the program was faster with the next one
  }
  return true;
}

bool ZeroWholeMap(const MapShape& map, uint32_t* zeroed, Failure* failure) {
  MapContents contents;
  if (!ReadWholeMap(map, &contents, failure)) return false;
  std::fill(contents.values.begin(), contents.values.end(), 0);
  uint32_t count = contents.count;
  // Batches for arrays only: on a hash a batch update would insert elements again that a program has deleted meanwhile.
  if (map.is_array() && count != 0 &&
      bpf_map_update_batch(map.fd, contents.keys.data(), contents.values.data(), &count, nullptr) == 0) {
    *zeroed = count;
    return true;
  }
  for (uint32_t i = 0; i < contents.count; i++) {
    uint8_t* key = contents.keys.data() + static_cast<size_t>(i) * map.key_size;
    int error = bpf_map_update_elem(map.fd, key, contents.values.data(), BPF_EXIST);
    if (error != 0 && error != -ENOENT) {
      *failure = Failure::Errno("bpf_map_update_elem", -error, map.name);
      return false;
    }
    if (error == 0) ++*zeroed;
  }
  return true;
}
