#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "checkpoint/snapshot.h"
#include "comm/communicator/communicator.h"
#include "launcher/config/config.h"
#include "models/weights/load_weights.h"
#include "models/weights/weight_file.h"
#include "trainer/lane/flat_model.h"

namespace lockstep {

/// What weights were trained to be fed with.
struct WeightsInput {
  int side = 0;                  ///< of the image, in pixels
  std::vector<float> mean, std;  ///< per channel, white = 1
  std::string known_from;        ///< in words
};

/// What `model.weights` names, read and not yet in a model.
struct InitialWeights {
  std::string hash;                   ///< of the file, or the digest of the checkpoint; empty: none
  std::string source;                 ///< in words, for the log
  std::optional<WeightFile> file;     ///< on rank 0 alone
  std::optional<WeightsInput> input;  ///< absent where nothing is known of it
};

/// Collective. Rank 0 reads; nothing is read where `model.weights` is empty. Of a run the best
/// checkpoint counts, else the newest. Where options.name is empty nothing is asked of a file's
/// input. Throws on every rank as read_weight_file and
/// choose_checkpoint do.
InitialWeights read_initial_weights(const ModelOptions& options, Communicator& communicator);

/// Fills in the mean and std that the config leaves open, where `weights` have some. Returns where
/// those come from that are used, in words.
std::string take_input(const InitialWeights& weights, Config& config);

/// What a new run does with weights that do not fit.
inline MissingWeights missing_weights(const ModelOptions& options) {
  return options.weights_partial ? MissingWeights::left : MissingWeights::refused;
}

/// Collective. Fills the model's parameters and buffers on every rank, and tells how. Throws on
/// every rank as load_weights does.
void load_initial_weights(const InitialWeights& weights, const ModelOptions& options,
                          MissingWeights missing, FlatModel& model, Communicator& communicator,
                          spdlog::logger& log);

/// A run keeps the weights that it began with: throws Error(usage) unless `path` is empty, or a
/// file of the hash `began_with`, that of the run's beginning.
void check_same_weights(const std::filesystem::path& path, const std::string& began_with);

}  // namespace lockstep
