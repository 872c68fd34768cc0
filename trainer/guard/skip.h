#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "sharding/feed/cursor.h"
#include "trainer/guard/loss_mean.h"
#include "trainer/guard/rollback_options.h"
#include "trainer/step/step_runner.h"

namespace lockstep {

/// Samples that a run leaves out: after a bad step it went back, and took another way from there.
/// Part of the training state, where it has come about.
struct Skip {
  std::int64_t step = 0;  ///< steps done when it comes
  Cursor from;            ///< it jumps from here
  Cursor to;              ///< to here: in the same epoch, or at the next one's start
  std::int64_t bad_step = 0;
  std::string reason;  ///< "the loss is nan"

  bool operator==(const Skip&) const = default;
};

/// What is wrong with a step, in words; empty: nothing. `before` is the mean of the losses of the
/// steps before it. The same on every rank.
std::string fault_of(const StepResult& result, const RollbackOptions& options,
                     const LossMean& before);

/// A step that is to be undone.
struct BadStep {
  std::int64_t step = 0;  ///< steps done before it
  Cursor cursor;          ///< of its batches
  std::string reason;
};

/// What a course cannot go back beyond, as steps done.
struct CourseBegin {
  std::int64_t epoch = 0;   ///< of the epoch: those before it are evaluated
  std::int64_t config = 0;  ///< with this config, on these lanes
};

/// Where a run goes on instead of a bad step: so many steps before it, or as far back as `begin`
/// and `earlier` skips allow. Pure. Throws Error(internal) where no more are allowed, or where
/// nothing of the epoch would be left.
Skip plan_skip(const RollbackOptions& options, const BadStep& bad, const EpochShape& shape,
               const CourseBegin& begin, const std::vector<Skip>& earlier);

/// How many samples of `epoch` were left out.
std::uint64_t samples_skipped(const std::vector<Skip>& skips, std::uint64_t epoch);

void to_json(nlohmann::json& json, const Skip& skip);
/// The skips of a run of `steps`. Throws Error(storage) where a field is missing or wrong, or where
/// they do not follow each other.
std::vector<Skip> read_skips(const std::vector<JsonFields<nlohmann::json>>& list,
                             std::int64_t steps);

/// "the loss is nan at step 60: the run goes on from step 40 without the samples from 1280 to 1984
/// of epoch 2".
std::string to_text(const Skip& skip);

/// A line of metrics.jsonl of kind "rollback"; `number` counts them from 1.
nlohmann::json to_metrics_line(const Skip& skip, std::size_t number);

}  // namespace lockstep
