#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "launcher/answers/sample_submission.h"
#include "launcher/rank/rank_context.h"
#include "sharding/files/image_files.h"
#include "sharding/read/pack.h"
#include "trainer/pass/prediction.h"

namespace lockstep {

/// What `lockstep predict` is to look at, as given on the command line.
struct PredictInputs {
  std::vector<std::filesystem::path> paths;  ///< folders, files, tables, `-`; or one pack
  std::string split;                         ///< of a pack; empty: `test`, or the only one
  PathListOptions lists;
};

/// The images, and the rows of the table that is made of them.
struct PredictSamples {
  std::shared_ptr<const Dataset> dataset = {};  ///< in the order of the rows
  DamagedSamples damaged = DamagedSamples::told;
  std::optional<Pack> pack = {};  ///< that they are of; absent for files
  std::string split = {};         ///< of the pack

  // On rank 0 alone.

  std::vector<std::string> ids = {};     ///< of the rows
  std::vector<std::uint64_t> rows = {};  ///< of each image, ascending; those between have none
};

/// Whether a pack's manifest lies in the directory.
bool is_pack(const std::filesystem::path& path);

/// Collective: rank 0 lists, so that all have the same list. With a sample of a submission that has
/// rows, the images are those of its rows, in their order; a log line tells what is left over.
/// `sample` is looked at on rank 0, and may be null there. Throws Error(usage), Error(data).
PredictSamples open_predict_samples(const PredictInputs& inputs, std::optional<IdForm> form,
                                    const SampleSubmission* sample, RankContext& context);

}  // namespace lockstep
