#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/cli/launch.h"
#include "launcher/setup/run_config.h"

namespace lockstep {

/// What the commands have in common that search with short trainings of a config: the config, the
/// ranks, and the files that tell what was found.
struct SearchOptions {
  std::filesystem::path target;        ///< a config file, or the directory of a run
  std::vector<std::string> overrides;  ///< key=value
  std::optional<RankCount> ranks;
  bool force = false;  ///< replaces the files

  /// The config and -n.
  void add_config(CLI::App& app);
  /// --out and --plot of `job`, for `content` ("the losses"), and --force.
  template <typename Job>
  void add_files(CLI::App& app, Job& job, const std::string& content) {
    app.add_option("--out", job.out, "Write " + content + " as a table")->type_name("FILE.csv");
    app.add_option("--plot", job.plot, "Draw " + content)->type_name("FILE.png");
    app.add_flag("--force", force, "Replace these files");
  }

  /// Starts the ranks that are asked for, and does `work` with the job on each, its config filled
  /// in.
  template <typename Job>
  ExitCode run(Process& process, Job job, ExitCode (*work)(const Job&, RankContext&)) const {
    check_files(job.out, job.plot);
    const Launch launch(process, OnStop::ends);
    const int count = launch.count_ranks(ranks, [&] {
      const TrainOptions train = config().train;
      return count_automatic_ranks(train.lanes, train.device);
    });
    if (count > 1) return launch.start_ranks(count, config().train.device, {});
    RankContext& context = launch.start_rank();
    job.config = shared_config([&] { return config(); }, context.communicator);
    return work(job, context);
  }

 private:
  Config config() const { return read_run_config(target, overrides); }
  void check_files(const std::filesystem::path& out, const std::filesystem::path& plot) const;
};

}  // namespace lockstep
