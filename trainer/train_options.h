#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "comm/reduction/reduction_kind.h"
#include "trainer/lane/precision.h"

namespace lockstep {

/// The `train` section of a config.
struct TrainOptions {
  std::int64_t epochs = 5;  ///< passes over the training split; the schedule spans them
  std::int64_t max_steps =
      0;                  ///< ends the run early, with a checkpoint, after this many steps; 0: off
  double max_time_s = 0;  ///< likewise, after this many seconds of this process; 0: off
  /// Trains on the first so many global batches alone, as they are, to see whether the network can
  /// learn them by heart; 0: off.
  int overfit_batches = 0;
  int batch = 64;  ///< samples of one lane
  /// Progressive resizing: sides of square training images in pixels, each for an equal part of the
  /// epochs in turn. Empty: data.image_size. Evaluation always takes data.image_size.
  std::vector<int> image_size;
  int lanes = 0;         ///< L; 0: the number of ranks at the first start
  int global_batch = 0;  ///< samples of a step, another way to say lanes; 0: not said
  ReductionKind reduction = ReductionKind::exact;
  Precision precision = Precision::automatic;
  std::string device = "auto";  ///< auto, cpu or cuda
  int threads = 0;              ///< LibTorch's threads of one rank; 0: 1
  /// The longest that a rank waits for a step on its GPU, in seconds, before it takes another for
  /// lost; 0: no limit.
  double stall_timeout_s = 600;
  /// Every so many steps the ranks compare hashes of what they hold; 0: only at checkpoints.
  std::int64_t compare_every = 100;
};

/// The `checkpoint` section of a config.
struct CheckpointOptions {
  std::int64_t every_steps = 0;   ///< a checkpoint every this many steps; 0: off
  std::int64_t every_epochs = 1;  ///< a checkpoint at the end of every this many epochs; 0: off
  int keep = 3;                   ///< keep this many of the newest, and the best; 0: all
  /// The metric that names the best checkpoint, such as valid/loss; auto: the task's first one.
  std::string best = "auto";
  bool async = true;  ///< training goes on while a copy of the state is written
};

/// The `log` section of a config.
struct LogOptions {
  /// At each epoch's end the model is evaluated on so many samples of the training split as well,
  /// evenly spread and without augmentation; 0: not.
  std::int64_t train_eval = 0;
  std::int64_t every_steps =
      50;  ///< a line of metrics every this many steps; 0: only at the end of an epoch
  bool tensorboard = false;  ///< the run directory has an event file for TensorBoard, too
};

}  // namespace lockstep
