#pragma once

#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "core/process/child_stream.h"

namespace lockstep {

/// HDF5 is not made to survive damaged files: it crashes, hangs, or asks for all memory there is.
/// So what reads one does it in a child process, which sends what it finds.
///
///     ChildStream child(hdf5_subject(path), {}, [&](const ChildStream::Send& send) { … });
inline std::string hdf5_subject(const std::filesystem::path& path) {
  return fmt::format("'{}' cannot be read: HDF5", path.string());
}

}  // namespace lockstep
