#pragma once

#include <optional>
#include <string>
#include <vector>

#include "launcher/doctor/finding.h"
#include "launcher/doctor_rank/gradient_facts.h"
#include "trainer/rate_suggestion.h"

namespace lockstep {

/// The first loss of a network.
struct FirstLoss {
  double loss = 0;
  std::optional<double> expected;  ///< of one that knows nothing; std::nullopt: not known
  bool may_know = false;           ///< it begins with weights
};
Finding check_first_loss(const FirstLoss& first);

/// The config's rate beside a sweep of rates.
struct RateFacts {
  double rate = 0;   ///< of a step
  double scale = 1;  ///< optimizer.lr for a step's rate of 1
  RateSweep sweep;
  int planned = 0;  ///< steps of the sweep; fewer: the loss has diverged
};
Finding check_rate(const RateFacts& facts);
/// Of a step: a tenth of that of the least loss, else another rule's; the config's where there is
/// none, or where losses vary too much to tell.
double advised_rate(const RateFacts& facts);

/// The losses of the same batch, step by step.
struct OverfitFacts {
  std::vector<double> losses;
  int samples = 0;
  double rate = 0;  ///< of a step
};
Finding check_overfit(const OverfitFacts& facts);

/// "gradients" and "dead units".
Findings check_gradients(const std::vector<ParameterGradient>& gradients);

}  // namespace lockstep
