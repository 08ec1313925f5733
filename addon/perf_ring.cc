#include "perf_ring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace {

size_t PageSize() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

perf_event_mmap_page* Positions(uint8_t* base) { return reinterpret_cast<perf_event_mmap_page*>(base); }

}  // namespace

PerfRing::PerfRing(PerfRing&& other) noexcept
    : fd_(std::move(other.fd_)), base_(std::exchange(other.base_, nullptr)), bytes_(other.bytes_) {}

PerfRing::~PerfRing() {
  if (base_ != nullptr) munmap(base_, PageSize() + bytes_);
}

int PerfRing::Open(perf_event_attr attr, int cpu, uint32_t pages) {
  attr.size = sizeof(attr);
  fd_.reset(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!fd_.valid()) return errno;
  bytes_ = pages * PageSize();
  void* base = mmap(nullptr, PageSize() + bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (base == MAP_FAILED) return errno;
  base_ = static_cast<uint8_t*>(base);
  return 0;
}

uint64_t PerfRing::Begin() const { return Positions(base_)->data_tail; }

uint64_t PerfRing::End() const { return __atomic_load_n(&Positions(base_)->data_head, __ATOMIC_ACQUIRE); }

void PerfRing::Copy(uint64_t position, size_t bytes, void* to) const {
  const uint8_t* data = base_ + PageSize();
  size_t at = position % bytes_;
  size_t first = std::min(bytes, bytes_ - at);
  memcpy(to, data + at, first);
  memcpy(static_cast<uint8_t*>(to) + first, data, bytes - first);
}

void PerfRing::Release(uint64_t position) {
  __atomic_store_n(&Positions(base_)->data_tail, position, __ATOMIC_RELEASE);
}
