#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "launcher/doctor/finding.h"
#include "sharding/feed/data_options.h"
#include "sharding/read/pack.h"

namespace lockstep {

/// What is trained on, of a pack.
struct CheckedData {
  const Pack& pack;
  std::vector<std::string> names;  ///< of the classes, flags or numbers that are learned
  std::shared_ptr<const Dataset> train;
  std::shared_ptr<const Dataset> valid;  ///< nullptr: nothing is evaluated on
  std::vector<float> mean;               ///< that pixels are normalised with, white = 1
  std::vector<float> std;
  Balance balance = Balance::none;  ///< what is done about rare classes
};

/// Of a pack whose config is not known: its splits "train" (or the first) and "valid" (or the
/// second), normalised by its own mean and deviation. `pack` must outlive it.
CheckedData data_of(const Pack& pack);

/// Looks at some images of both splits and at all labels; for duplicates at all images where there
/// are not very many (docs/doctor.md). The same result on each run.
Findings check_data(const CheckedData& data, const Progress& progress);

}  // namespace lockstep
