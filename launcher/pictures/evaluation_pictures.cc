#include "launcher/pictures/evaluation_pictures.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/storage/new_file.h"
#include "core/storage/staging.h"
#include "launcher/evaluation/example_galleries.h"

namespace lockstep {
namespace {

constexpr std::size_t kChanged = 24;

/// The output whose origin is shown: of the class that is said, of the likeliest label, of the
/// number that is furthest off.
std::int64_t explained_output(TaskKind kind, const ScoredSamples& samples, std::size_t i,
                              const Decisions& decisions) {
  const auto outputs = samples.outputs_of(i);
  if (kind == TaskKind::classification) return decisions.class_of(outputs);
  if (kind == TaskKind::multi_label) return std::ranges::max_element(outputs) - outputs.begin();
  std::size_t furthest = 0;
  double error = -1;
  for (std::size_t k = 0; k < samples.width; ++k) {
    const double here = std::abs(double{outputs[k]} - double{samples.targets_of(i)[k]});
    if (here > error) furthest = k;
    error = std::max(error, here);
  }
  return static_cast<std::int64_t>(furthest);
}

std::vector<Gallery> with_pictures(std::vector<PlannedGallery> planned,
                                   const SamplePictures& pictures) {
  std::vector<Gallery> galleries;
  for (PlannedGallery& one : planned) {
    for (std::size_t n = 0; n < one.samples.size(); ++n) {
      one.gallery.items[n].pictures = pictures.at(one.samples[n]);
    }
    galleries.push_back(std::move(one.gallery));
  }
  return galleries;
}

/// Of all samples that are shown.
SamplePictures draw_all(const EvaluationPictures& evaluation,
                        const std::vector<PlannedGallery>& examples,
                        const std::vector<PlannedGallery>& changed,
                        const std::shared_ptr<const Dataset>& dataset, int channels) {
  std::set<std::size_t> ids;
  for (const auto* galleries : {&examples, &changed}) {
    for (const PlannedGallery& one : *galleries) ids.insert(one.samples.begin(), one.samples.end());
  }
  SamplePictures pictures = draw_samples(ids, *dataset, channels);
  if (evaluation.network != nullptr) {
    const auto output_of = [&](std::size_t i) {
      return explained_output(evaluation.report.task.kind, evaluation.samples, i,
                              evaluation.decisions);
    };
    add_saliency(
        pictures,
        {*evaluation.network, evaluation.network_options, evaluation.report.task.names, output_of},
        dataset);
  }
  return pictures;
}

}  // namespace

void write_pictures(const std::filesystem::path& file, const EvaluationPictures& evaluation,
                    const std::shared_ptr<const Dataset>& dataset, int channels) {
  const TaskSpec& task = evaluation.report.task;
  std::vector<PlannedGallery> examples =
      example_galleries(task, evaluation.samples, evaluation.decisions, {});
  std::vector<PlannedGallery> changed;
  const ComparisonReport* const comparison = evaluation.comparison;
  if (comparison != nullptr) {
    changed =
        changed_galleries(task, {evaluation.samples, *evaluation.second, evaluation.decisions},
                          *comparison, kChanged);
  }
  const SamplePictures pictures = draw_all(evaluation, examples, changed, dataset, channels);
  const std::string page =
      pictures_page({.title = evaluation.title,
                     .facts = evaluation.facts,
                     .report = evaluation.report,
                     .samples = evaluation.samples,
                     .examples = with_pictures(std::move(examples), pictures),
                     .against = comparison == nullptr ? std::string() : comparison->name,
                     .changed = with_pictures(std::move(changed), pictures),
                     .has_saliency = evaluation.network != nullptr});
  write_beside(file, [&](const std::filesystem::path& path) { write_file(path, page); });
}

}  // namespace lockstep
