#include "launcher/cli/output_file.h"

#include <cerrno>
#include <unistd.h>

#include "checkpoint/format.h"
#include "core/error.h"
#include "launcher/setup/run_directory.h"
#include "sharding/format/pack_format.h"

namespace lockstep {

namespace fs = std::filesystem;

void check_output_file(const fs::path& out, bool replace, const std::vector<fs::path>& read) {
  std::error_code error;
  const fs::path place = fs::absolute(out), folder = place.parent_path();
  check(out.has_filename() && !fs::is_directory(out, error), ExitCode::usage,
        "'{}' is a directory; give the name of a file in it", out);
  check(fs::is_directory(folder, error), ExitCode::usage, "the directory '{}' does not exist",
        folder);
  check(!fs::exists(folder / kManifestFile, error) && !fs::exists(folder / kPackManifest, error),
        ExitCode::usage, "'{}' is a checkpoint or a pack, which nothing is added to", folder);
  const bool may_write = ::access(folder.c_str(), W_OK | X_OK) == 0;
  const int refused = errno;
  check(may_write, ExitCode::storage, "cannot write into '{}': {}", folder,
        std::generic_category().message(refused));
  const fs::file_status there = fs::symlink_status(out, error);
  check(fs::status_known(there), ExitCode::usage,
        "'{}' cannot be a file's name: {}; give another one", out, error.message());
  check(!fs::is_symlink(there), ExitCode::usage,
        "'{}' is a symbolic link, and is not written through: give the name of the file that it "
        "leads to, or remove it",
        out);
  check(!fs::exists(there) || fs::is_regular_file(there), ExitCode::usage,
        "'{}' is a pipe, a device or a socket, and is not replaced: give the name of a plain file, "
        "or remove it",
        out);
  const bool in_run = fs::exists(folder / kCheckpointsDirectory, error);
  const RunDirectory run(folder);
  check(!in_run || (place != run.config_file() && place != run.metrics_file()), ExitCode::usage,
        "'{}' belongs to a run, and is not replaced", out);
  for (const fs::path& path : read) {
    check(!fs::equivalent(path, out, error), ExitCode::usage,
          "'{}' is what is to be read, and is not replaced", out);
  }
  check(replace || !fs::exists(there), ExitCode::usage, "'{}' exists; --force replaces it", out);
}

void check_page_file(const char* option, const fs::path& out, bool replace,
                     const std::vector<fs::path>& read) {
  check(out.extension() == ".html", ExitCode::usage,
        "{} writes a page: give '{}' a name that ends in .html", option, out);
  check_output_file(out, replace, read);
}

void check_two_files(const NamedOutput& first, const NamedOutput& second) {
  if (first.file.empty() || second.file.empty()) return;
  const auto place = [](const fs::path& file) { return fs::absolute(file).lexically_normal(); };
  check(place(first.file) != place(second.file), ExitCode::usage,
        "{} and {} both name '{}': give each a file of its own", first.option, second.option,
        first.file);
}

void check_picture_file(const fs::path& out, bool replace, const std::vector<fs::path>& read) {
  check(out.extension() == ".png", ExitCode::usage,
        "'{}' is to be a picture: give it a name that ends in .png", out);
  check_output_file(out, replace, read);
}

}  // namespace lockstep
