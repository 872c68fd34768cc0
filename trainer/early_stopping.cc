#include "trainer/early_stopping.h"

#include <cmath>
#include <limits>

namespace lockstep {

void EarlyStopping::end_epoch(const EarlyStoppingOptions& options,
                              std::span<const EpochMetric> metrics) {
  if (!options.is_on()) return;
  const EpochMetric* now = find_metric(metrics, options.metric);
  if (now == nullptr) return;
  const double sign = now->higher_is_better ? 1 : -1;
  const bool is_better =
      std::isfinite(now->value) && (!best || sign * (now->value - *best) > options.min_change);
  if (is_better) best = now->value;
  waited = is_better ? 0 : waited + 1;
}

void to_json(nlohmann::json& json, const EarlyStopping& state) {
  json = {{"best", nullptr}, {"waited", state.waited}};
  if (state.best) json["best"] = *state.best;
}

EarlyStopping read_early_stopping(const JsonFields<nlohmann::json>& fields) {
  EarlyStopping state;
  if (!fields.at("best").is_null()) state.best = fields.number("best");
  state.waited = fields.integer<int>("waited", 0, std::numeric_limits<int>::max());
  return state;
}

}  // namespace lockstep
