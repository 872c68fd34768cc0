#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imaging/chart/line_chart.h"
#include "launcher/run/resolved_run.h"

namespace lockstep {

/// What the plan also tells: known only once the ranks, the model and the disk have been looked at.
struct PlanFacts {
  int ranks = 1;
  int nodes = 1;
  std::vector<std::string> devices;  ///< of each rank: "cpu" or "NVIDIA H100"
  std::int64_t parameters = 0;       ///< that are trained
  std::int64_t frozen_parameters = 0;
  std::vector<std::string> trained_stages;
  /// The stages that are trained from each phase of fine-tuning on.
  std::vector<std::vector<std::string>> phases;
  std::string reduction;  ///< the reducer's own description: what crosses between ranks
  std::int64_t valid_samples = 0;
  bool several_sizes = false;          ///< images are not all of the input's size
  std::uint32_t feature_views = 0;     ///< of each sample, where the pack has features
  BatchLoaderOptions feed;             ///< as the device needs it
  std::uint64_t checkpoint_bytes = 0;  ///< of one checkpoint
  std::uint64_t free_disk_bytes = 0;
};

/// The step at which this attempt ends, max_steps included.
std::int64_t last_step(const ResolvedRun& run);

/// The plan as a block of lines for the console (the last without its newline), with warnings (too
/// little disk, samples dropped) last.
std::string plan_text(const ResolvedRun& run, const PlanFacts& facts);

/// The learning rate over the epochs; that of a plateau as long as none comes.
LineChart schedule_picture(const ResolvedRun& run);

}  // namespace lockstep
