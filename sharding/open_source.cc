#include "sharding/open_source.h"

#include "core/error.h"
#include "sharding/idx_source.h"

namespace lockstep {

std::unique_ptr<PackSource> open_source(const std::filesystem::path& directory,
                                        const ValidSplitOptions& valid) {
  std::error_code ignored;
  check(std::filesystem::is_directory(directory, ignored), ExitCode::data,
        "no images at '{}': no such directory", directory.string());
  if (!IdxSource::recognises(directory)) {
    return std::make_unique<FolderSource>(directory, valid);
  }
  check(valid.fraction == 0, ExitCode::usage,
        "'{}' holds IDX files, whose validation split is t10k-…; leave --valid-fraction away",
        directory.string());
  return std::make_unique<IdxSource>(directory);
}

}  // namespace lockstep
