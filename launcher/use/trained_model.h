#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checkpoint/snapshot.h"
#include "launcher/config/config.h"
#include "launcher/rank/rank_context.h"
#include "launcher/rank/rank_device.h"
#include "sharding/read/pack.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane/input_spec.h"
#include "trainer/lane/precision.h"
#include "trainer/pass/batch_pass.h"
#include "trainer/task/task.h"

namespace lockstep {

/// Which trained model a command uses, and how, as given on its command line.
struct ModelSource {
  std::filesystem::path target;  ///< a run or a checkpoint; empty: `weights`
  bool ema = false;              ///< the average of the weights that it keeps
  int snapshots = 0;  ///< of a run: the newest so many checkpoints, their answers averaged; 0: one
  std::filesystem::path weights;  ///< a file of weights, ours (`lockstep export`) or anybody's

  // Of anybody's file. What is not given is that of the network's usual weights.

  std::string model;              ///< of the catalog
  int image_size = 0;             ///< pixels; also of an exported file
  std::optional<double> crop;     ///< the part of the shorter side that is kept, in (0, 1]
  std::vector<float> mean;        ///< per channel, or one for all, white = 1
  std::vector<float> std;         ///< as mean
  std::filesystem::path classes;  ///< a file with the name of a class on each line

  std::string device;                  ///< auto, cpu or cuda; empty: the run's, else auto
  std::optional<Precision> precision;  ///< empty: the run's, else auto
  int batch = 0;                       ///< samples; 0: the run's, else the default
};

/// A model that was trained, ready to be asked.
struct TrainedModel {
  Config config;  ///< the run's, with the device that was asked for; of anybody's file, defaults
  InputSpec input;
  std::unique_ptr<const Task> task;
  bool outputs_are_named = true;  ///< false: nobody said what the classes are, so they are numbered
  std::optional<LoadedCheckpoint> checkpoint;  ///< of several, the newest; absent for a file
  std::string name;    ///< where it is from: a checkpoint's directory, or a file
  std::string reason;  ///< why this one, or what is known of the file
  bool is_ensemble = false;
  std::string digest;  ///< of the checkpoint's state, or the hash of the file
  RankDevice device;
  Precision precision = Precision::fp32;  ///< resolved
  std::unique_ptr<FlatModel> model;

  /// How it runs over a split of `pack`, or over files (nullptr). Throws Error(usage) where the
  /// pack has features that are not of this model.
  BatchPassOptions pass_options(int batch, const Pack* pack) const;
};

/// Collective. Settles the process's numerics and device too: call it before other threads start.
/// Throws Error(usage) where `source` contradicts itself or does not say enough, and what
/// choose_checkpoint, read_weight_file and load_weights throw.
TrainedModel load_trained_model(const ModelSource& source, RankContext& context);

}  // namespace lockstep
