#include "trainer/task/task_sums.h"

#include <cassert>

namespace lockstep {
namespace {

template <typename T>
void add(std::vector<T>& sums, const std::vector<T>& others) {
  if (sums.empty()) sums.resize(others.size());
  assert(others.empty() || sums.size() == others.size());
  for (std::size_t i = 0; i < others.size(); ++i) sums[i] += others[i];
}

}  // namespace

TaskSums& TaskSums::operator+=(const TaskSums& other) {
  weight += other.weight;
  loss += other.loss;
  count += other.count;
  add(reals, other.reals);
  add(counts, other.counts);
  return *this;
}

TaskSums make_task_sums(std::span<const double> reals, std::span<const std::int64_t> counts) {
  return {.weight = reals[0],
          .loss = reals[1],
          .count = counts[0],
          .reals = {reals.begin() + 2, reals.end()},
          .counts = {counts.begin() + 1, counts.end()}};
}

void to_json(nlohmann::json& json, const TaskSums& sums) {
  json = {{"weight", sums.weight},
          {"loss", sums.loss},
          {"count", sums.count},
          {"reals", sums.reals},
          {"counts", sums.counts}};
}

TaskSums read_task_sums(const JsonFields<nlohmann::json>& fields) {
  constexpr double kMost = 1e300;  // sums go on growing
  constexpr std::int64_t kMostCount = std::int64_t{1} << 53;
  return {.weight = fields.number("weight", {0, kMost}),
          .loss = fields.number("loss", {-kMost, kMost}),
          .count = fields.integer<std::int64_t>("count", 0, kMostCount),
          .reals = fields.numbers("reals", {-kMost, kMost}),
          .counts = fields.integers("counts", 0, kMostCount)};
}

}  // namespace lockstep
