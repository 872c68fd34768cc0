#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/use/trained_model.h"
#include "trainer/pass/prediction.h"
#include "trainer/pass/view_model.h"

namespace lockstep {

/// Several views of each image, whose answers are averaged.
struct TestTimeAugmentation {
  std::optional<Views> views = {};
  /// Without `views`: how many, the first plain and the others as the run's training would have
  /// drawn them; at most 1: none.
  int drawn = 0;

  bool is_on() const { return views || drawn > 1; }
};

/// Whom a command asks: one model, or the mean of several (Lakshminarayanan et al., "Simple and
/// scalable predictive uncertainty estimation using deep ensembles", 2017).
struct Asking {
  ModelSource source;
  std::vector<std::filesystem::path> ensemble;  ///< further runs, checkpoints or files of weights
  TestTimeAugmentation augmentation;
};

/// One pass over the samples.
struct AskedPass {
  ImageModel& model;
  const Task& task;
  BatchPassOptions options;
};

/// The models of an Asking, loaded.
///
///     AskedModels asked(asking, context);
///     asked.answer(dataset, pack, DamagedSamples::told, context, "predict", take);
class AskedModels {
 public:
  /// Collective. As load_trained_model; Error(usage) where the models' outputs are not the same.
  AskedModels(const Asking& asking, RankContext& context);

  /// The one that the command names: its task is that of all.
  TrainedModel& first() { return models_.front(); }
  std::vector<TrainedModel>& all() { return models_; }
  const std::vector<TrainedModel>& all() const { return models_; }
  /// "flips", "crops", "8"; empty without.
  std::string augmentation_name() const;

  /// In the order in which they are averaged. `pack` is that of the samples; nullptr: files. Throws
  /// Error(usage) where views are wanted of features, or of a run without augmentation.
  std::vector<AskedPass> passes(const Pack* pack);

  /// Collective: answers (Task::predict) for every sample, as predict(): as they come where there
  /// is one pass, else at once after the last one.
  void answer(std::shared_ptr<const Dataset> dataset, const Pack* pack, DamagedSamples damaged,
              RankContext& context, const std::string& what,
              const std::function<void(const Predictions&)>& take);

 private:
  int batch_;
  TestTimeAugmentation augmentation_;
  std::vector<TrainedModel> models_;
  std::vector<std::shared_ptr<ImageModel>> views_;
};

/// A further model, a run, a checkpoint or a file of weights, which computes as `first` does.
ModelSource further_source(const ModelSource& first, const std::filesystem::path& path);

/// Throws Error(usage) unless the two answer the same question.
void check_alike(const TrainedModel& first, const TrainedModel& other);

/// Outputs of a network for every sample, on rank 0 alone.
struct AllOutputs {
  at::Tensor outputs;                            ///< [N, K] float32 in host memory
  std::map<std::uint64_t, std::string> damaged;  ///< as Predictions::damaged
};

/// Collective: outputs of the first pass's task whose answers are the means of those of all
/// `passes`. Rank 0 holds the outputs of every pass: 4 bytes a sample and output. Their bits do not
/// depend on the number of ranks.
AllOutputs mean_outputs(const std::vector<AskedPass>& passes,
                        const std::shared_ptr<const Dataset>& dataset, DamagedSamples damaged,
                        RankContext& context, const std::string& what);

}  // namespace lockstep
