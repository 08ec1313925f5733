// The ring of a perf event on one CPU, as perf_event_open(2) lays it out: a page of positions, then the data.
#pragma once

#include <linux/perf_event.h>

#include <cstddef>
#include <cstdint>

#include "env.h"

class PerfRing {
 public:
  PerfRing() = default;
  PerfRing(PerfRing&& other) noexcept;
  PerfRing& operator=(PerfRing&&) = delete;
  ~PerfRing();

  // For every process on this CPU. pages: a power of two. 0 or an errno.
  int Open(perf_event_attr attr, int cpu, uint32_t pages);
  int fd() const { return fd_.get(); }

  // Positions count bytes since the ring was opened: what is between the two is there to be read.
  uint64_t Begin() const;
  uint64_t End() const;
  void Copy(uint64_t position, size_t bytes, void* to) const;
  // What lies before this position was read: the kernel may use its room.
  void Release(uint64_t position);

 private:
  UniqueFd fd_;
  uint8_t* base_ = nullptr;
  size_t bytes_ = 0;  // of the data
};
