#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace lockstep {

/// How many sums a task adds up, beside weight, loss and the number of samples.
struct SumShape {
  std::size_t reals = 0;
  std::size_t counts = 0;
};

/// Sums over samples, from which a task's metrics follow. Counts are exact.
struct TaskSums {
  double weight = 0;                 ///< of the samples, in the loss
  double loss = 0;                   ///< sum of weight x loss
  std::int64_t count = 0;            ///< samples
  std::vector<double> reals;         ///< the task's own: Task::own_sums says how many
  std::vector<std::int64_t> counts;  ///< likewise

  /// An empty object takes the shape of what is added to it.
  TaskSums& operator+=(const TaskSums& other);
  double mean_loss() const { return weight > 0 ? loss / weight : 0; }
  bool operator==(const TaskSums&) const = default;
};

/// From real sums, weight and loss before the task's own, and whole ones, the number of samples
/// before the task's own.
TaskSums make_task_sums(std::span<const double> reals, std::span<const std::int64_t> counts);

void to_json(nlohmann::json& json, const TaskSums& sums);
/// Throws Error(storage) where a field is missing or wrong.
TaskSums read_task_sums(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
