#pragma once

#include <memory>
#include <string>
#include <vector>

#include "launcher/config/config.h"
#include "models/network/image_model.h"
#include "sharding/feed/batch_loader.h"
#include "sharding/feed/sample_order.h"
#include "sharding/read/pack.h"
#include "trainer/lane/input_spec.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// What a run reads.
struct TrainingData {
  Pack pack;
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> valid;  ///< nullptr: no evaluation
  TaskSpec labels;                       ///< what there usually is to learn: see task_of_labels
  std::shared_ptr<const Dataset> train_eval = nullptr;  ///< a sample of `train`; nullptr: none
};

/// Opens the pack at `directory` to learn its labels. Throws Error(data) where it is not a pack, or
/// one without labels.
Pack open_labelled_pack(const std::string& directory);

/// The samples of `splits`, of one split after the other; where `classes` are named, only theirs,
/// with the place in `classes` as label: reads every label once. Throws Error(usage) where the
/// classes are not at least two of the pack's, each once, and where no sample is left; Error(data).
std::shared_ptr<const Dataset> open_samples(const Pack& pack,
                                            const std::vector<std::string>& splits,
                                            const std::vector<std::string>& classes);

/// The pack and the splits that the config names, with `data.classes` and then `data.limit`
/// applied. Throws Error(usage) where one to train on does not exist or is named twice;
/// Error(data).
TrainingData open_training_data(const DataOptions& options);

/// What a model that `config` trains on `dataset`, a split of `pack`, is fed with. Where the config
/// leaves the image size open, it is that of the first sample. Throws Error(usage) where the model
/// cannot take images so small.
InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset);

/// Whether some of `dataset`'s images have another size than the first. Looks at a few of them,
/// evenly spread. Throws Error(data).
bool has_several_sizes(const Dataset& dataset);

/// What there usually is to learn from the labels of `pack`, of `classes` alone where some are
/// named; task_of_training makes a task of it.
TaskSpec task_of_labels(const Pack& pack, const std::vector<std::string>& classes);

/// Throws Error(usage) that names the first difference unless the labels of a pack are those that
/// the model knows: another kind, number, order or name would make its answers mean nothing.
void check_same_labels(const TaskSpec& model, const TaskSpec& pack, const std::string& directory);

/// The order in which the run visits `train`. Throws Error(usage) where the options contradict each
/// other.
std::shared_ptr<const SampleOrder> sample_order(const Config& config, const Dataset& train);

/// What each class's samples count in the loss of training on `train`; empty: 1.
std::vector<float> class_weights(const Config& config, const Dataset& train);

/// Loaders that make what `input` says, as `config` tells them to work, in a rank with `cores`.
BatchLoaderOptions loader_options(const Config& config, const InputSpec& input, int cores);

ModelShape model_shape(const InputSpec& input, const TaskSpec& task);

}  // namespace lockstep
