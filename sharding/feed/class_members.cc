#include "sharding/feed/class_members.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "core/error.h"

namespace lockstep {

ClassMembers::ClassMembers(const Dataset& dataset) : samples_(dataset.size()) {
  std::vector<Class> classes;
  std::int64_t last = -1;
  check(
      dataset.label_type().kind == LabelKind::int64, ExitCode::usage,
      "data.balance needs labels that are classes, and those of this split are not; leave it out");
  dataset.visit_labels([&](std::uint64_t id, const SampleLabel& sample) {
    const std::int64_t label = sample.number;
    check(label >= 0, ExitCode::data, "{} has no class", dataset.describe(id));
    const auto index = static_cast<std::size_t>(label);
    if (index >= classes.size()) classes.resize(index + 1);
    Class& of_label = classes[index];
    if (label != last) of_label.runs.push_back({id, of_label.count});
    ++of_label.count;
    last = label;
  });
  for (std::size_t label = 0; label < classes.size(); ++label) {
    if (classes[label].count == 0) continue;
    classes[label].label = static_cast<std::int64_t>(label);
    present_.push_back(std::move(classes[label]));
  }
}

std::uint64_t ClassMembers::id(std::size_t index, std::uint64_t member) const {
  const Class& of_class = present_[index];
  assert(member < of_class.count);
  const auto after = std::ranges::upper_bound(of_class.runs, member, {}, &Run::members_before);
  const Run& run = *std::prev(after);
  return run.first_id + (member - run.members_before);
}

std::vector<float> ClassMembers::weights() const {
  std::vector<float> result;
  for (const Class& of_class : present_) {
    result.resize(static_cast<std::size_t>(of_class.label) + 1);
    result.back() =
        static_cast<float>(static_cast<double>(samples_) / (static_cast<double>(present_.size()) *
                                                            static_cast<double>(of_class.count)));
  }
  return result;
}

}  // namespace lockstep
