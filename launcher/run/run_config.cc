#include "launcher/run/run_config.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "launcher/config/config_yaml.h"
#include "launcher/run/run_directory.h"

namespace lockstep {

namespace fs = std::filesystem;

Config read_run_config(const fs::path& target, const std::vector<std::string>& overrides) {
  std::error_code error;
  const bool is_run = fs::is_directory(target, error);
  // What lies beyond a directory that may not be entered, say, is not simply absent.
  const std::string reason = error && error != std::errc::no_such_file_or_directory
                                 ? error.message()
                                 : "no such config file or run directory";
  const fs::path file = is_run ? RunDirectory(target).config_file() : target;
  check(fs::is_regular_file(file, error), ExitCode::usage, "{}",
        is_run ? fmt::format("'{}' is not a run directory: it has no config.yaml", target.string())
               : fmt::format("cannot open '{}': {}", target.string(), reason));
  Config config = parse_config(read_file(file, ExitCode::usage, 1 << 20), file.string(), overrides);
  // The directory may have been moved since its config was written.
  const auto names_directory = [](const std::string& text) { return text.starts_with("run.dir="); };
  if (is_run && std::ranges::none_of(overrides, names_directory)) config.run.dir = target.string();
  return config;
}

}  // namespace lockstep
