#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "core/process/child_stream.h"

namespace lockstep {

/// HDF5 is not made to survive damaged files: it crashes, hangs, or asks for all memory there is.
/// So what reads one does it in a child process, which sends what it finds.
///
///     ChildStream child(hdf5_subject(path), hdf5_limits(bytes),
///                       [&](const ChildStream::Send& send) { … });
inline std::string hdf5_subject(const std::filesystem::path& path) {
  return fmt::format("'{}' cannot be read: HDF5", path.string());
}

/// What HDF5 may take for a file, or the part of one that it is given, of so many bytes: a small
/// one that is made to harm less than 1 GiB, and three such children together less than 10 s.
inline ChildLimits hdf5_limits(std::uint64_t bytes) {
  constexpr std::uint64_t kLeastMemory = std::uint64_t{768} << 20;  // its cache of chunks and two
  constexpr std::uint64_t kBytesASecond = 8 << 20;  // texts; numbers and pixels are faster
  constexpr int kLeastSeconds = 2;
  return {.memory_bytes = kLeastMemory + 4 * bytes,
          .computing = std::chrono::seconds(kLeastSeconds + bytes / kBytesASecond),
          .memory_advice = "the file is damaged, or has chunks that large: write it with others"};
}

}  // namespace lockstep
