#include "launcher/job/package.h"

#include <fstream>
#include <string>

#include "core/error.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

fs::path list_of_places(const fs::path& package) { return package / "libexec/openmpi/places"; }

}  // namespace

std::optional<fs::path> package_of(const fs::path& program) {
  const fs::path folder = program.parent_path();
  if (folder.filename() != "bin" || !fs::exists(list_of_places(folder.parent_path()))) return {};
  return folder.parent_path();
}

Environment open_mpi_places(const fs::path& package) {
  Environment places;
  std::ifstream list(list_of_places(package));
  for (std::string line; std::getline(list, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    places.emplace(line.substr(0, equals), package / line.substr(equals + 1));
  }
  check(places.contains("OPAL_PREFIX"), ExitCode::usage,
        "the package of lockstep in '{}' is incomplete: '{}' cannot be read or does not name "
        "OPAL_PREFIX. Unpack its archive again",
        package.string(), list_of_places(package).string());
  return places;
}

}  // namespace lockstep
