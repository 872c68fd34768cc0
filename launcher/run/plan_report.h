#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// What a training job is about to do, in numbers. Filled by the rank, printed before it begins and
/// by --dry-run.
struct TrainPlan {
  std::filesystem::path run_dir;
  std::string model;  ///< its name
  std::int64_t parameters = 0;
  int ranks = 1;
  int nodes = 1;
  std::vector<std::string> devices;  ///< of each rank: "cpu, 1 thread" or "NVIDIA H100 (node3)"
  int lanes = 1;
  bool lanes_chosen = false;  ///< true where train.lanes was 0 and this is what it became
  std::int64_t batch = 0;     ///< samples of a lane
  std::string precision;
  std::string reduction;  ///< the reducer's own description: what crosses between ranks
  std::int64_t train_samples = 0;
  std::int64_t valid_samples = 0;
  int feed_workers = 0;          ///< prefetch threads of each rank
  int feed_batches = 0;          ///< that a rank holds at most
  std::uint64_t feed_bytes = 0;  ///< of the images of those
  std::int64_t steps_per_epoch = 0;
  std::int64_t epochs = 0;
  std::int64_t first_step = 0;  ///< steps that an earlier attempt has done
  std::int64_t last_step = 0;   ///< where this attempt ends, max_steps included
  double lr = 0;                ///< as configured, for lr_batch samples
  double lr_batch = 0;
  std::string lr_scaling;
  double scaled_lr = 0;    ///< the target for this global batch
  double warmup_from = 0;  ///< the first step's rate
  std::int64_t warmup_steps = 0;
  std::uint64_t checkpoint_bytes = 0;  ///< of one checkpoint
  int checkpoints_kept = 0;            ///< the most that are there at once; 0: no limit
  std::uint64_t free_disk_bytes = 0;
};

/// The plan as a block of lines for the console (the last without its newline), with warnings (too
/// little disk, samples dropped) last.
std::string to_text(const TrainPlan& plan);

}  // namespace lockstep
