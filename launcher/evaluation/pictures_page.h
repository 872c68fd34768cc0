#pragma once

#include <string>
#include <vector>

#include "launcher/evaluation/evaluation_report.h"
#include "launcher/page/gallery.h"

namespace lockstep {

/// What `eval --pictures` shows.
struct PicturesPage {
  std::string title;
  std::vector<CaptionLine> facts;  ///< which model, on what, how good
  const EvaluationReport& report;
  const ScoredSamples& samples;
  std::vector<Gallery> examples;
  std::string against;  ///< the second model's name; empty: there is none
  std::vector<Gallery> changed;
  bool has_saliency = false;
};

/// The whole document. Of numbers it has predicted against true ones, at most 2,000 of them.
std::string pictures_page(const PicturesPage& page);

}  // namespace lockstep
