#include "sharding/survey/class_balance.h"

#include <cmath>
#include <numeric>

namespace lockstep {

ClassBalance class_balance(std::span<const std::uint64_t> class_samples) {
  const auto total = static_cast<double>(
      std::accumulate(class_samples.begin(), class_samples.end(), std::uint64_t{0}));
  ClassBalance balance;
  double entropy = 0;
  bool found = false;
  for (std::size_t i = 0; i < class_samples.size(); ++i) {
    const std::uint64_t samples = class_samples[i];
    if (samples == 0) {
      ++balance.empty;
      continue;
    }
    if (!found || samples > class_samples[balance.largest]) balance.largest = i;
    if (!found || samples < class_samples[balance.smallest]) balance.smallest = i;
    found = true;
    const double share = static_cast<double>(samples) / total;
    entropy -= share * std::log(share);
  }
  if (!found) return balance;
  balance.ratio = static_cast<double>(class_samples[balance.largest]) /
                  static_cast<double>(class_samples[balance.smallest]);
  balance.effective_classes = std::exp(entropy);
  return balance;
}

}  // namespace lockstep
