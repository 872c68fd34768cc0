#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lockstep {

/// The newest lines of RUN/metrics.jsonl; null where there is none of the kind.
struct NewestMetrics {
  nlohmann::json step = {};   ///< of a logged step
  nlohmann::json epoch = {};  ///< of an epoch's end
};

/// From the end of such a file, of which `text` may be the last part. Lines that are none are
/// passed over.
NewestMetrics newest_metrics(std::string_view text);
/// Of a run; both are null where there is no such file, or it cannot be read.
NewestMetrics read_newest_metrics(const std::filesystem::path& run);

/// How far a run is.
struct RunProgress {
  std::int64_t step = -1;   ///< done; -1: not known
  std::int64_t steps = 0;   ///< of the whole run, to its last epoch; 0: not known
  double epoch = 0;         ///< epochs done, with a fraction
  std::int64_t epochs = 0;  ///< of the whole run; 0: not known
  std::optional<double> loss = {};
  std::optional<double> images_per_second = {};
  std::optional<double> seconds_left = {};  ///< of training, by the recent rate
};

/// What is known of it beside its metrics.
struct ProgressFacts {
  std::int64_t epochs = 0;        ///< of its config; 0: not known
  std::int64_t global_batch = 0;  ///< samples of a step; 0: not known
  std::int64_t live_step = -1;    ///< what the ranks say; -1: nothing
};
RunProgress progress_of(const NewestMetrics& metrics, const ProgressFacts& facts);

}  // namespace lockstep
