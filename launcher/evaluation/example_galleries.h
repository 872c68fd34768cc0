#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/examples.h"
#include "launcher/evaluation/comparison_report.h"
#include "launcher/page/gallery.h"
#include "trainer/task/task_spec.h"

namespace lockstep {

/// A gallery whose items have their captions, and not yet their pictures.
struct PlannedGallery {
  Gallery gallery;
  std::vector<std::size_t> samples;  ///< what each item shows
};

/// What a model gets wrong, and some that it gets right: largest losses, surest mistakes, least
/// certain, those of each confused pair, random right ones. Those without a sample are left out.
std::vector<PlannedGallery> example_galleries(const TaskSpec& task, const ScoredSamples& samples,
                                              const Decisions& decisions,
                                              const ExampleOptions& options);

/// The samples that the second model alone has right, and those that the first alone has, at most
/// `most` of each; of numbers those whose error changes most.
std::vector<PlannedGallery> changed_galleries(const TaskSpec& task, const ComparedSamples& samples,
                                              const ComparisonReport& report, std::size_t most);

}  // namespace lockstep
