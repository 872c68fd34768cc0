#pragma once

#include <filesystem>
#include <optional>

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// The folder of the package (tools/package.sh) whose `bin` holds `program`; none for a program
/// that was built or installed here. A package brings its own Open MPI.
///
///     if (const auto package = package_of(program)) {
///       const Environment places = open_mpi_places(*package);
std::optional<std::filesystem::path> package_of(const std::filesystem::path& program);

/// The variables that tell the Open MPI of a package where its files are; without them it looks
/// where the machine that it was built for has them. Read from the package, whose script for
/// `mpirun` reads the same list. Throws Error(usage).
Environment open_mpi_places(const std::filesystem::path& package);

}  // namespace lockstep
