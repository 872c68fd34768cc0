#include "launcher/answers/label_doubts.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/csv.h"

namespace lockstep {

void LabelDoubts::add(std::uint64_t sample, std::size_t given,
                      std::span<const float> probabilities) {
  sums_[given] += probabilities[given];
  ++counts_[given];
  const auto best = std::ranges::max_element(probabilities);
  const auto label = static_cast<std::size_t>(best - probabilities.begin());
  if (*best > probabilities[given]) {
    candidates_.push_back({sample, given, label, *best, probabilities[given]});
  }
}

std::vector<LabelDoubt> LabelDoubts::find(std::optional<double> least) const {
  std::vector<LabelDoubt> doubts;
  for (const LabelDoubt& doubt : candidates_) {
    const std::uint64_t count = counts_[doubt.label];
    // Of a class that nothing is labelled as, it is not known how sure the model is: the mean is
    // not a number, and no probability reaches it.
    const double needed = least.value_or(sums_[doubt.label] / static_cast<double>(count));
    if (doubt.probability >= needed) doubts.push_back(doubt);
  }
  std::ranges::sort(doubts, [](const LabelDoubt& a, const LabelDoubt& b) {
    return a.probability != b.probability ? a.probability > b.probability : a.sample < b.sample;
  });
  return doubts;
}

std::string doubts_to_csv(std::span<const LabelDoubt> doubts, const std::vector<std::string>& paths,
                          const std::vector<std::string>& classes) {
  std::string text = "path,label,given,probability,given_probability";
  text += kCsvLineEnd;
  for (const LabelDoubt& doubt : doubts) {
    const std::array<std::string, 5> fields{
        paths[doubt.sample], classes[doubt.label], classes[doubt.given],
        fmt::format("{}", doubt.probability), fmt::format("{}", doubt.given_probability)};
    append_csv_line(text, fields);
  }
  return text;
}

}  // namespace lockstep
