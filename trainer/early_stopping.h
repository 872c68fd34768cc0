#pragma once

#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "trainer/schedule/curve_state.h"

namespace lockstep {

/// The `early_stopping` section of a config: the run ends when a metric gets no better.
struct EarlyStoppingOptions {
  std::string metric =
      "auto";        ///< of an epoch, such as valid/accuracy; auto: valid/loss, else train/loss
  int patience = 0;  ///< epochs without a better value that are borne; 0: no early end
  double min_change = 0;  ///< by which a value must be better than the best

  bool is_on() const { return patience > 0; }
};

/// What it remembers from one epoch to the next; part of the training state.
struct EarlyStopping {
  std::optional<double> best;
  int waited = 0;  ///< epochs since then

  /// After an epoch that ended with `metrics`.
  void end_epoch(const EarlyStoppingOptions& options, std::span<const EpochMetric> metrics);
  bool is_over(const EarlyStoppingOptions& options) const {
    return options.is_on() && waited >= options.patience;
  }
  bool operator==(const EarlyStopping&) const = default;
};

void to_json(nlohmann::json& json, const EarlyStopping& state);
/// Throws Error(storage) where a field is missing or wrong.
EarlyStopping read_early_stopping(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
