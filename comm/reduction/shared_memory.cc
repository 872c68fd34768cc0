#include "comm/reduction/shared_memory.h"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <random>
#include <signal.h>
#include <system_error>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>

#include "comm/communicator/gather_texts.h"
#include "comm/communicator/topology.h"
#include "core/errno_text.h"
#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

constexpr std::size_t kPage = 4096;
constexpr const char* kDirectory = "/dev/shm";  // where shm_open keeps its names

std::size_t round_to_page(std::size_t size) { return (size + kPage - 1) / kPage * kPage; }

/// Throws the same Error on all ranks where one has a problem; an empty text means no problem.
/// Collective.
void agree(Communicator& communicator, const std::string& problem) {
  const std::vector<std::string> problems = gather_texts(communicator, problem);
  for (std::size_t rank = 0; rank < problems.size(); ++rank) {
    check(problems[rank].empty(), ExitCode::storage, "no shared memory (rank {}): {}", rank,
          problems[rank]);
  }
}

/// Names of one PID namespace share a prefix, so that only process ids of this namespace are
/// looked up.
std::string name_prefix() {
  std::error_code ignored;
  std::string space =
      std::filesystem::read_symlink("/proc/self/ns/pid", ignored).string();  // "pid:[4026531836]"
  std::erase_if(space, [](char c) { return c < '0' || c > '9'; });
  return fmt::format("lockstep-{}-", space);
}

/// One object, opened by all ranks of a node under a name that is gone when this returns; none
/// where a rank is alone on its node. Collective.
UniqueFd open_unnamed(Communicator& communicator) {
  const Topology& topology = communicator.topology();
  const bool leader = topology.local_rank == 0 && topology.local_size > 1;
  const bool follower = topology.local_rank > 0;
  UniqueFd fd;
  std::string name;
  std::string problem;
  if (leader) {
    name = fmt::format("/{}{}-{}", name_prefix(), getpid(), std::random_device{}());
    fd = UniqueFd(shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) problem = fmt::format("cannot create {}{}: {}", kDirectory, name, errno_text(errno));
  }
  name = gather_texts(communicator, name)[node_starts(topology)[topology.node]];
  if (follower) {
    fd = UniqueFd(shm_open(name.c_str(), O_RDWR | O_CLOEXEC, 0600));
    if (!fd) problem = fmt::format("cannot open {}{}: {}", kDirectory, name, errno_text(errno));
  }
  communicator.barrier();
  if (leader) shm_unlink(name.c_str());
  agree(communicator, problem);
  return fd;
}

/// Allocates the extents' memory; returns an empty text, or why it could not.
std::string allocate(int fd, std::span<const MemoryExtent> extents) {
  for (const MemoryExtent& extent : extents) {
    if (extent.size == 0) continue;
    int error = EINTR;
    while (error == EINTR)
      error =
          posix_fallocate(fd, static_cast<off_t>(extent.offset), static_cast<off_t>(extent.size));
    if (error != 0) {
      return fmt::format("cannot allocate {:.1f} MB in {}: {}",
                         static_cast<double>(extent.size) / 1e6, kDirectory, errno_text(error));
    }
  }
  return {};
}

}  // namespace

void remove_stale_shared_memory() {
  const std::string prefix = name_prefix();
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(kDirectory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + prefix.size(), name.data() + name.size(), owner);
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH)
      std::filesystem::remove(entry.path(), ignored);
  }
}

void SharedMemory::Unmap::operator()(std::byte* address) const { munmap(address, size); }

SharedMemory::SharedMemory(Communicator& communicator, std::size_t size,
                           std::span<const MemoryExtent> mine)
    : processes_(static_cast<std::uint32_t>(communicator.topology().local_size)) {
  const std::size_t mapped = kPage + round_to_page(size);
  std::vector<MemoryExtent> extents = {{0, communicator.topology().local_rank == 0 ? kPage : 0}};
  for (const MemoryExtent& extent : mine) extents.push_back({kPage + extent.offset, extent.size});

  const UniqueFd fd = open_unnamed(communicator);
  agree(communicator, fd ? allocate(fd.get(), extents) : "");
  const int flags = fd ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
  void* address = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, flags, fd.get(), 0);
  std::string problem;
  if (address != MAP_FAILED) {
    mapping_ = {static_cast<std::byte*>(address), Unmap{mapped}};
  } else {
    problem = fmt::format("cannot map {:.1f} MB: {}", static_cast<double>(mapped) / 1e6,
                          errno_text(errno));
  }
  agree(communicator, problem);
  barrier_ = reinterpret_cast<SharedBarrier*>(
      address);  // zeroed by the kernel; another rank may be in it already
  bytes_ = {mapping_.get() + kPage, size};
}

}  // namespace lockstep
