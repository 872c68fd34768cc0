#include "launcher/doctor/label_checks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "sharding/survey/class_balance.h"

namespace lockstep {
namespace {

constexpr const char* kName = "balance";

Finding finding(Verdict verdict, std::string why, std::string remedy) {
  return {CheckedPart::data, kName, verdict, std::move(why), std::move(remedy)};
}

std::string name_at(const std::vector<std::string>& names, std::size_t i) {
  return i < names.size() ? names[i] : fmt::format("{}", i);
}

Finding check_classes(const Dataset& train, const std::vector<std::string>& names,
                      Balance balance) {
  std::vector<std::uint64_t> samples(names.size());
  train.visit_labels([&](std::uint64_t, const SampleLabel& label) {
    if (label.number < 0) return;
    const auto number = static_cast<std::size_t>(label.number);
    if (number >= samples.size()) samples.resize(number + 1);
    ++samples[number];
  });
  const ClassBalance found = class_balance(samples);
  const std::size_t present = samples.size() - found.empty;
  if (present < 2) {
    return finding(Verdict::fail, fmt::format("{} classes have samples to train on", present),
                   "there is nothing to tell apart: look at data.train, data.classes, data.limit "
                   "and how the pack was made (`lockstep inspect PACK`)");
  }
  const bool is_uneven = found.ratio >= kLargeImbalance && balance == Balance::none;
  std::string why =
      found.ratio == 1
          ? fmt::format("{} classes of the same size", present)
          : fmt::format("{} classes, '{}' has {:.3g} times the samples of '{}'", present,
                        name_at(names, found.largest), found.ratio, name_at(names, found.smallest));
  if (found.empty > 0) why += fmt::format("; {} more have none", found.empty);
  return finding(verdict_of(false, is_uneven || found.empty > 0), std::move(why),
                 is_uneven
                     ? "the rare ones are hardly learned: data.balance=oversample or weights, "
                       "and judge by balanced accuracy"
                     : "leave them out by data.classes, or get samples of them");
}

Finding check_flags(const Dataset& train, const std::vector<std::string>& names) {
  std::vector<std::uint64_t> set(train.label_type().width);
  train.visit_labels([&](std::uint64_t, const SampleLabel& label) {
    for (std::size_t i = 0; i < set.size(); ++i) set[i] += label.targets[i] > 0.5f;
  });
  const std::uint64_t samples = train.size();
  const auto same = std::ranges::find_if(
      set, [&](std::uint64_t count) { return count == 0 || count == samples; });
  const bool is_constant = same != set.end();
  const auto rarest = is_constant ? same : std::ranges::min_element(set);
  return finding(
      verdict_of(false, is_constant),
      fmt::format("{} labels; '{}' applies to {} of {} samples", set.size(),
                  name_at(names, static_cast<std::size_t>(rarest - set.begin())), *rarest, samples),
      "nothing can be learned of a label that is the same everywhere: get samples, or "
      "leave it out of the pack");
}

Finding check_numbers(const Dataset& train, const std::vector<std::string>& names) {
  const std::size_t width = train.label_type().width;
  std::vector<float> least(width, std::numeric_limits<float>::infinity());
  std::vector<float> most(width, -std::numeric_limits<float>::infinity());
  train.visit_labels([&](std::uint64_t, const SampleLabel& label) {
    for (std::size_t i = 0; i < width; ++i) {
      least[i] = std::min(least[i], label.targets[i]);
      most[i] = std::max(most[i], label.targets[i]);
    }
  });
  for (std::size_t i = 0; i < width; ++i) {
    if (least[i] < most[i]) continue;
    return finding(Verdict::fail,
                   fmt::format("'{}' is {} for each sample", name_at(names, i), least[i]),
                   "there is nothing to learn: look at the table that the pack was made of");
  }
  return finding(Verdict::pass, fmt::format("{} numbers, each of which varies", width), {});
}

}  // namespace

Finding check_labels(const Dataset& train, const std::vector<std::string>& names, Balance balance) {
  switch (train.label_type().kind) {
    case LabelKind::int64:
      return check_classes(train, names, balance);
    case LabelKind::uint8:
      return check_flags(train, names);
    case LabelKind::float32:
      return check_numbers(train, names);
    case LabelKind::none:
      break;
  }
  return finding(Verdict::warn, "the pack has no labels",
                 "it can be predicted on, and not be trained on");
}

}  // namespace lockstep
