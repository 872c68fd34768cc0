#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "core/names.h"
#include "trainer/task/loss_spec.h"

namespace lockstep {

/// What a model learns to tell of an image.
enum class TaskKind {
  classification,  ///< one of several classes
  multi_label,     ///< which of several labels apply
  regression,      ///< one or several numbers
};
inline constexpr EnumName<TaskKind> kTaskNames[] = {{TaskKind::classification, "classification"},
                                                    {TaskKind::multi_label, "multi_label"},
                                                    {TaskKind::regression, "regression"}};
constexpr std::span<const EnumName<TaskKind>> enum_names(TaskKind) { return kTaskNames; }

/// What the outputs of such a task are, in the plural: "classes".
std::string_view output_noun(TaskKind kind);

/// The losses that there are for such a task; the first is the usual one.
std::span<const LossKind> losses_of(TaskKind kind);

/// What a model's outputs mean. Stored with every checkpoint, so that a model answers as it was
/// trained whatever pack it meets later.
struct TaskSpec {
  TaskKind kind = TaskKind::classification;
  std::vector<std::string> names;  ///< of the classes, labels or numbers, by output
  /// Of regression, by output: mean and standard deviation of the training split's numbers, in
  /// their own unit. Empty for other tasks.
  std::vector<double> target_mean;
  std::vector<double> target_std;
  LossSpec loss = {};
  /// Of several labels, by output: the probability above which it is predicted. Empty: 0.5.
  std::vector<double> thresholds = {};

  /// `loss.kind`, or the usual one.
  LossKind loss_kind() const { return loss.kind.value_or(losses_of(kind).front()); }
  bool operator==(const TaskSpec&) const = default;
};

void to_json(nlohmann::json& json, const TaskSpec& spec);
/// Throws Error(storage) where a field is missing or wrong, or contradicts another.
TaskSpec read_task_spec(const JsonFields<nlohmann::json>& fields);

}  // namespace lockstep
