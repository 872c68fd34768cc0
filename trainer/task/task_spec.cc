#include "trainer/task/task_spec.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace lockstep {

void to_json(nlohmann::json& json, const TaskSpec& spec) {
  json = {{"name", name_of(spec.kind)}, {"outputs", spec.names}};
  if (spec.kind == TaskKind::regression) {
    json["target_mean"] = spec.target_mean;
    json["target_std"] = spec.target_std;
  }
}

void from_json(const nlohmann::json& json, TaskSpec& spec) {
  spec = {};
  spec.kind = parse_name<TaskKind>(json.at("name").get<std::string>(), "task", ExitCode::storage);
  json.at("outputs").get_to(spec.names);
  check(!spec.names.empty(), ExitCode::storage, "the model's task has no outputs");
  if (spec.kind != TaskKind::regression) return;
  json.at("target_mean").get_to(spec.target_mean);
  json.at("target_std").get_to(spec.target_std);
  check(
      spec.target_mean.size() == spec.names.size() && spec.target_std.size() == spec.names.size() &&
          std::ranges::all_of(spec.target_mean, [](double x) { return std::isfinite(x); }) &&
          std::ranges::all_of(spec.target_std, [](double x) { return std::isfinite(x) && x > 0; }),
      ExitCode::storage, "the model's task has {} outputs, but not a mean and a std for each",
      spec.names.size());
}

}  // namespace lockstep
