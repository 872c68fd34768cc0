#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "launcher/evaluation/comparison_report.h"
#include "launcher/evaluation/pictures_page.h"
#include "launcher/pictures/sample_pictures.h"

namespace lockstep {

/// An evaluation whose mistakes are drawn.
struct EvaluationPictures {
  std::string title;
  std::vector<CaptionLine> facts;
  const EvaluationReport& report;
  const ScoredSamples& samples;
  const Decisions& decisions;
  const ComparisonReport* comparison = nullptr;  ///< with a second model
  const ScoredSamples* second = nullptr;
  ImageModel* network = nullptr;          ///< for saliency
  BatchPassOptions network_options = {};  ///< how it is fed
};

/// Writes the page, whole or not at all. `dataset` has the samples in their order, of images of
/// `channels`. Throws Error(data), Error(storage).
void write_pictures(const std::filesystem::path& file, const EvaluationPictures& evaluation,
                    const std::shared_ptr<const Dataset>& dataset, int channels);

}  // namespace lockstep
