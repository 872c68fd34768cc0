#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include <spdlog/logger.h>

#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_device.h"
#include "launcher/run/resume.h"
#include "launcher/run/train_job.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/initial_weights.h"
#include "trainer/plan.h"
#include "trainer/task/task.h"
#include "trainer/training_state.h"

namespace lockstep {

/// A run with everything decided, before anything is built, written or trained: the one place from
/// which the plan's report, the checkpoints and the trainer read. Not changed once it is made.
struct ResolvedRun {
  /// What is stored with the run: nothing in it is left open, but for max_steps, which belongs to
  /// this attempt alone and is 0.
  Config config;
  std::int64_t max_steps = 0;  ///< of this attempt; 0: off
  bool lanes_chosen = false;   ///< train.lanes was not set, and is the number of ranks from here on
  /// As the config says, or the head alone where the data are features.
  FineTuneOptions fine_tune;
  TrainingPlan plan;
  std::string input_from;     ///< whose mean and std the network's input has, in words
  bool adopted = false;       ///< see StartPoint
  bool commit_start = false;  ///< Trainer::commit_start() is needed
  TrainingState start;        ///< where training begins, what it is fed with and what it learns
  std::shared_ptr<const Task> task;
  std::shared_ptr<const SampleOrder> order;
  BatchLoaderOptions loader;  ///< of training
};

/// Decides: from what is asked for, what the data are, and what the run has stored where it starts
/// (a run that begins does so with `weights`). `ranks` are the job's.
/// Throws Error(usage) where these contradict each other. Reads every label of `data.train` where
/// the task or the config needs them; with train.overfit_batches it is what these take.
ResolvedRun resolve_run(const TrainJob& job, TrainingData& data, const StartPoint& start,
                        const InitialWeights& weights, const RankDevice& device, int ranks,
                        spdlog::logger& log);

}  // namespace lockstep
