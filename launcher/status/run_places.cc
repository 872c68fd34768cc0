#include "launcher/status/run_places.h"

#include <set>
#include <system_error>

namespace lockstep {

std::filesystem::path place_of(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::path place = std::filesystem::weakly_canonical(directory, error);
  if (error) return directory;
  return place.has_filename() ? place : place.parent_path();  // without a last slash
}

std::vector<std::filesystem::path> each_once(
    const std::vector<std::filesystem::path>& directories) {
  std::set<std::filesystem::path> seen;
  std::vector<std::filesystem::path> once;
  for (const std::filesystem::path& directory : directories) {
    if (seen.insert(place_of(directory)).second) once.push_back(directory);
  }
  return once;
}

}  // namespace lockstep
