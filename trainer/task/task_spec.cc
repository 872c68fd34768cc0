#include "trainer/task/task_spec.h"

#include <cassert>
#include <limits>

#include "core/error.h"

namespace lockstep {

std::string_view output_noun(TaskKind kind) {
  switch (kind) {
    case TaskKind::classification:
      return "classes";
    case TaskKind::multi_label:
      return "labels";
    case TaskKind::regression:
      return "targets";
  }
  assert(false);
  return "outputs";
}

void to_json(nlohmann::json& json, const TaskSpec& spec) {
  json = {{"name", name_of(spec.kind)}, {"outputs", spec.names}};
  if (spec.kind == TaskKind::regression) {
    json["target_mean"] = spec.target_mean;
    json["target_std"] = spec.target_std;
  }
}

TaskSpec read_task_spec(const JsonFields<nlohmann::json>& fields) {
  TaskSpec spec;
  spec.kind = parse_name<TaskKind>(fields.text("name"), "task", ExitCode::storage);
  spec.names = fields.texts("outputs");
  check(!spec.names.empty(), ExitCode::storage, "the model's task has no outputs");
  if (spec.kind != TaskKind::regression) return spec;
  constexpr double kMost = std::numeric_limits<float>::max();  // targets are stored as float
  spec.target_mean = fields.numbers("target_mean", {-kMost, kMost});
  spec.target_std = fields.numbers("target_std", {std::numeric_limits<double>::min(), kMost});
  check(spec.target_mean.size() == spec.names.size() && spec.target_std.size() == spec.names.size(),
        ExitCode::storage, "the model's task has {} outputs, but not a mean and a std for each",
        spec.names.size());
  return spec;
}

}  // namespace lockstep
