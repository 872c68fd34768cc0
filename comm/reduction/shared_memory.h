#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "comm/communicator/communicator.h"
#include "comm/reduction/shared_barrier.h"
#include "core/process/pulse.h"

namespace lockstep {

/// Bytes [offset, offset + size) of a segment.
struct MemoryExtent {
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// Removes the names of this node's shared memory whose process is gone: a kill between creation
/// and unlinking leaves one, of an empty object. Any process may call it, at any time.
void remove_stale_shared_memory();

/// Memory that the ranks of one node share: a POSIX shared memory object which is opened by all and
/// unlinked before it holds a byte, so that nothing is left however the job ends. It is allocated,
/// not only mapped: a full /dev/shm is an error here, not a SIGBUS later. Page-aligned and zeroed.
/// On a node with one rank it is that process's own memory.
class SharedMemory {
 public:
  /// Collective. `size` bytes, the same on all ranks of a node; `mine` are the parts that this rank
  /// allocates (it will use them most, so they lie in its processor's memory), and every byte is in
  /// one rank's part. Where it fails on any rank it fails on all: throws Error(storage) that says
  /// where and why. The caller can go on without.
  SharedMemory(Communicator& communicator, std::size_t size, std::span<const MemoryExtent> mine);

  std::span<std::byte> bytes() const { return bytes_; }
  /// Collective among the ranks of the node.
  void barrier() {
    const WaitsForRanks waits("a barrier of a node");
    barrier_->arrive_and_wait(processes_);
  }

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* address) const;
  };
  std::uint32_t processes_;
  std::unique_ptr<std::byte, Unmap> mapping_;
  SharedBarrier* barrier_ = nullptr;  // in the mapping's first page
  std::span<std::byte> bytes_;        // what follows it
};

}  // namespace lockstep
