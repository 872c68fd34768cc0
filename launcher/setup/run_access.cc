#include "launcher/setup/run_access.h"

#include <string_view>
#include <system_error>

#include <sys/stat.h>

#include "checkpoint/format.h"
#include "core/error.h"
#include "core/file.h"

namespace lockstep {

void make_parents(const std::filesystem::path& run) {
  make_directories(std::filesystem::absolute(run / "").parent_path().parent_path());
}

void restrict_access(RunAccess access) {
  switch (access) {
    case RunAccess::owner:
      ::umask(077);
      return;
    case RunAccess::group:
      ::umask(027);
      return;
    case RunAccess::umask:
      return;
  }
}

void check_no_links(const std::filesystem::path& run) {
  for (const std::string_view name : {kCheckpointsDirectory, std::string_view("logs")}) {
    std::error_code error;
    check(!std::filesystem::is_symlink(run / name, error), ExitCode::usage,
          "'{}' is a symbolic link, and what a run writes stays in its own directory: put a "
          "directory in its place, or the whole run elsewhere (run.dir may be a link)",
          run / name);
  }
}

}  // namespace lockstep
