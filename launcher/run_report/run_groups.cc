#include "launcher/run_report/run_groups.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep {
namespace {

/// Better scores first; of other metrics, and without one, later.
bool is_before(const RunScore& one, const RunScore& other, const Metric& metric) {
  const auto counts = [&](const RunScore& score) {
    return score.best.has_value() && score.metric.name == metric.name;
  };
  if (counts(one) != counts(other)) return counts(one);
  return counts(one) && metric.is_better(*one.best, *other.best);
}

/// Of the keys those that tell groups apart which those before do not, beginning with the keys that
/// have the most values.
std::vector<std::string> telling_keys(const std::vector<ReportedRun>& runs,
                                      const std::vector<RunGroup>& groups) {
  std::vector<std::string> keys;
  const auto kinds = [&] {
    std::set<std::vector<std::string>> values;
    for (const RunGroup& group : groups) {
      std::vector<std::string> of_group;
      for (const std::string& key : keys) {
        of_group.push_back(setting_of(runs[group.runs.front()], key));
      }
      values.insert(std::move(of_group));
    }
    return values.size();
  };
  const auto count_values = [&](const std::string& key) {
    std::set<std::string> values;
    for (const RunGroup& group : groups) {
      values.insert(setting_of(runs[group.runs.front()], key));
    }
    return values.size();
  };
  std::vector<std::string> differing = differing_keys(runs);
  std::ranges::stable_sort(differing, std::ranges::greater(), count_values);
  std::size_t told = 1;
  for (const std::string& key : differing) {
    keys.push_back(key);
    const std::size_t now = kinds();
    if (now == told) keys.pop_back();
    told = now;
  }
  return keys;
}

std::string name_of_group(const std::vector<ReportedRun>& runs, const RunGroup& group,
                          const std::vector<std::string>& keys) {
  const ReportedRun& first = runs[group.runs.front()];
  if (group.runs.size() == 1) return first.name;
  std::set<std::string> seeds;
  for (const std::size_t run : group.runs) seeds.insert(runs[run].seed);
  std::vector<std::string> parts;
  for (const std::string& key : keys) {
    parts.push_back(fmt::format("{} {}", key, setting_of(first, key)));
  }
  const std::string many =
      fmt::format("{} {}", group.runs.size(), seeds.size() == group.runs.size() ? "seeds" : "runs");
  return parts.empty() ? many : fmt::format("{} ({})", fmt::join(parts, ", "), many);
}

void take_means(const std::vector<RunScore>& scores, RunGroup& group) {
  using Member = std::optional<double> RunScore::*;
  const auto values_of = [&](Member member) {
    std::vector<double> values;
    for (const std::size_t run : group.runs) {
      if (scores[run].*member) values.push_back(*(scores[run].*member));
    }
    return values;
  };
  group.score = scores[group.runs.front()];
  group.best = spread_of(values_of(&RunScore::best));
  group.valid = spread_of(values_of(&RunScore::valid));
  for (const std::size_t run : group.runs) {  // what all of them do
    for (const auto member : {&RunScore::train_trend, &RunScore::valid_trend}) {
      if (scores[run].*member != group.score.*member) group.score.*member = Trend::unknown;
    }
  }
  for (const Member member : {&RunScore::best, &RunScore::best_epoch, &RunScore::train,
                              &RunScore::valid, &RunScore::train_loss, &RunScore::valid_loss,
                              &RunScore::epochs, &RunScore::steps, &RunScore::images_per_second}) {
    const std::optional<Spread> spread = spread_of(values_of(member));
    group.score.*member = spread ? std::optional(spread->mean) : std::nullopt;
  }
}

}  // namespace

std::string setting_of(const ReportedRun& run, const std::string& key) {
  const auto found = std::ranges::find(run.settings, key, &Settings::value_type::first);
  return found == run.settings.end() ? "unset" : found->second;
}

std::vector<std::string> differing_keys(const std::vector<ReportedRun>& runs) {
  std::vector<std::string> keys;
  for (const ReportedRun& run : runs) {
    for (const auto& [key, value] : run.settings) {
      const bool differs = std::ranges::any_of(runs, [&](const ReportedRun& other) {
        return !other.settings.empty() && setting_of(other, key) != value;
      });
      if (differs && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

std::vector<RunGroup> groups_of(const std::vector<ReportedRun>& runs,
                                const std::vector<RunScore>& scores) {
  std::vector<RunGroup> groups;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto same = std::ranges::find_if(groups, [&](const RunGroup& group) {
      return !runs[i].settings.empty() && runs[group.runs.front()].settings == runs[i].settings;
    });
    if (same != groups.end()) {
      same->runs.push_back(i);
    } else {
      groups.push_back({.runs = {i}});
    }
  }
  const auto judged =
      std::ranges::find_if(scores, [](const RunScore& score) { return score.best.has_value(); });
  const Metric metric = judged == scores.end() ? loss_metric() : judged->metric;
  const std::vector<std::string> keys = telling_keys(runs, groups);
  for (RunGroup& group : groups) {
    std::ranges::stable_sort(group.runs, [&](std::size_t one, std::size_t other) {
      return is_before(scores[one], scores[other], metric);
    });
    group.name = name_of_group(runs, group, keys);
    take_means(scores, group);
  }
  std::ranges::stable_sort(groups, [&](const RunGroup& one, const RunGroup& other) {
    return is_before(one.score, other.score, metric);
  });
  return groups;
}

}  // namespace lockstep
