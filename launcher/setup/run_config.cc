#include "launcher/setup/run_config.h"

#include <algorithm>

#include "checkpoint/agreement.h"
#include "core/error.h"
#include "core/file.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/run_directory.h"

namespace lockstep {

namespace fs = std::filesystem;

namespace {

/// train.global_batch says lanes in another way.
void settle_lanes(TrainOptions& train) {
  if (train.global_batch == 0) return;
  check(train.global_batch % train.batch == 0, ExitCode::usage,
        "train.global_batch is {}, not a multiple of train.batch, {}: a step takes whole lanes of "
        "that many samples",
        train.global_batch, train.batch);
  const int lanes = train.global_batch / train.batch;
  check(train.lanes == 0 || train.lanes == lanes, ExitCode::usage,
        "train.global_batch {} with train.batch {} makes {} lanes, and train.lanes is {}: remove "
        "one of them",
        train.global_batch, train.batch, lanes, train.lanes);
  train.lanes = lanes;
  train.global_batch = 0;
}

}  // namespace

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
  settle_lanes(config.train);
  return config;
}

Config shared_config(const std::function<Config()>& read, Communicator& communicator) {
  if (communicator.rank() == 0) {
    Config config = read();
    broadcast_text(communicator, to_yaml(config), 0);
    return config;
  }
  return parse_config(broadcast_text(communicator, {}, 0), "rank 0's config");
}

}  // namespace lockstep
