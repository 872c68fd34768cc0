#include "trainer/guard/loss_mean.h"

#include <cmath>

namespace lockstep {
namespace {

constexpr double kKept = 0.98;  // by each step
constexpr std::int64_t kFewSteps = 10;
constexpr double kMostLoss = 1e300;

}  // namespace

void LossMean::add(double loss) {
  average = kKept * average + (1 - kKept) * loss;
  ++steps;
}

std::optional<double> LossMean::value() const {
  if (steps < kFewSteps) return std::nullopt;
  return average / (1 - std::pow(kKept, static_cast<double>(steps)));
}

void to_json(nlohmann::json& json, const LossMean& mean) {
  json = {{"average", mean.average}, {"steps", mean.steps}};
}

LossMean read_loss_mean(const JsonFields<nlohmann::json>& fields, std::int64_t steps) {
  return {.average = fields.number("average", {-kMostLoss, kMostLoss}),
          .steps = fields.integer<std::int64_t>("steps", 1, steps)};
}

}  // namespace lockstep
