#include "trainer/fine_tune.h"

#include <algorithm>
#include <fnmatch.h>
#include <functional>
#include <map>
#include <utility>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/suggest.h"

namespace lockstep {
namespace {

bool is_in(const ModelStage& stage, const std::string& name) {
  return std::ranges::any_of(stage.prefixes,
                             [&](const std::string& prefix) { return name.starts_with(prefix); });
}

std::vector<std::string> stage_names(std::span<const ModelStage> stages) {
  std::vector<std::string> names;
  for (const ModelStage& stage : stages) names.push_back(stage.name);
  return names;
}

/// Of fine_tune.freeze.
bool is_named(const std::string& pattern, const std::string& parameter,
              std::span<const ModelStage> stages) {
  const auto stage = std::ranges::find(stages, pattern, &ModelStage::name);
  return stage != stages.end() ? is_in(*stage, parameter)
                               : fnmatch(pattern.c_str(), parameter.c_str(), 0) == 0;
}

/// How many stages, from the head back, are trained in `phase`, before fine_tune.freeze.
std::size_t stages_trained(const FineTuneOptions& options, std::size_t stages, int phase) {
  if (options.head_only) return 1;
  if (!options.unfreeze.empty()) return std::min(stages, static_cast<std::size_t>(phase) + 1);
  return options.head_epochs > 0 && phase == 0 ? 1 : stages;
}

}  // namespace

std::vector<std::int64_t> phase_begins(const FineTuneOptions& options, std::int64_t epochs) {
  check(options.head_epochs == 0 || options.unfreeze.empty(), ExitCode::usage,
        "fine_tune.head_epochs trains all after the head, and fine_tune.unfreeze stage after "
        "stage: remove one of them");
  check(!options.head_only || (options.head_epochs == 0 && options.unfreeze.empty()),
        ExitCode::usage,
        "fine_tune.head_only trains the head alone, and fine_tune.{} more of the network later: "
        "remove one of them",
        options.head_epochs > 0 ? "head_epochs" : "unfreeze");
  std::vector<std::int64_t> begins = {0};
  if (options.head_epochs > 0) begins.push_back(options.head_epochs);
  begins.insert(begins.end(), options.unfreeze.begin(), options.unfreeze.end());
  check(std::ranges::is_sorted(begins, std::less_equal()), ExitCode::usage,
        "fine_tune.unfreeze is [{}]: give epochs in ascending order, the first at least 1",
        fmt::join(options.unfreeze, ", "));
  check(begins.back() < epochs, ExitCode::usage,
        "fine_tune.{} goes on until epoch {}, and the run ends after train.epochs, {}: raise "
        "train.epochs",
        options.head_epochs > 0 ? "head_epochs" : "unfreeze", begins.back(), epochs);
  return begins;
}

int phase_of(const std::vector<std::int64_t>& begins, std::int64_t epoch) {
  const auto after = std::ranges::upper_bound(begins, epoch);
  return static_cast<int>(after - begins.begin()) - 1;
}

IsTrained trained_in(const FineTuneOptions& options, const ImageModel& model, int phase) {
  if (!options.is_on()) return {};
  const std::vector<ModelStage> stages = model.stages();
  const std::size_t last = stages_trained(options, stages.size(), phase);
  const std::span<const ModelStage> later = std::span(stages).last(last);
  std::map<std::string, bool> trained;
  for (const auto& item : model.named_parameters()) {
    trained[item.key()] = std::ranges::any_of(
        later, [&](const ModelStage& stage) { return is_in(stage, item.key()); });
  }
  for (const std::string& pattern : options.freeze) {
    bool is_known = false;
    for (auto& [name, is_trained] : trained) {
      if (!is_named(pattern, name, stages)) continue;
      is_known = true;
      is_trained = false;
    }
    check(is_known, ExitCode::usage,
          "fine_tune.freeze has '{}', which is no stage of the network ({}) and fits no "
          "parameter's name (`lockstep models NAME` lists them){}",
          pattern, fmt::join(stage_names(stages), ", "),
          did_you_mean(pattern, stage_names(stages)));
  }
  check(
      std::ranges::any_of(trained, [](const auto& one) { return one.second; }), ExitCode::usage,
      "fine_tune.freeze [{}] leaves nothing to train{}: remove 'head' and what else it takes from "
      "the last stages",
      fmt::join(options.freeze, ", "),
      last < stages.size()
          ? fmt::format(" where only {} would be", fmt::join(stage_names(later), ", "))
          : "");
  return [trained = std::move(trained)](const std::string& name) { return trained.at(name); };
}

std::vector<std::string> trained_stages(const ImageModel& model, const IsTrained& is_trained) {
  std::vector<std::string> names;
  for (const ModelStage& stage : model.stages()) {
    const bool any = std::ranges::any_of(model.named_parameters(), [&](const auto& item) {
      return is_in(stage, item.key()) && (!is_trained || is_trained(item.key()));
    });
    if (any) names.push_back(stage.name);
  }
  return names;
}

}  // namespace lockstep
