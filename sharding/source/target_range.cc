#include "sharding/source/target_range.h"

#include "core/error.h"

namespace lockstep {

void check_target_options(const SourceOptions& options) {
  const bool given = !options.target_regex.empty() || options.target_min || options.target_max;
  check(!given || options.task == LabelTask::regression, ExitCode::usage,
        "--target-regex, --target-min and --target-max are for numbers; they go with --task "
        "regression");
  check(!options.target_min || !options.target_max || *options.target_min <= *options.target_max,
        ExitCode::usage, "--target-min {} is more than --target-max {}",
        options.target_min.value_or(0), options.target_max.value_or(0));
}

void record_target_options(const SourceOptions& options, PackOptionsRecord& record) {
  if (!options.target_regex.empty()) record["target_regex"] = options.target_regex;
  if (options.target_min) record["target_min"] = fmt::format("{}", *options.target_min);
  if (options.target_max) record["target_max"] = fmt::format("{}", *options.target_max);
}

std::string find_out_of_range(const SourceOptions& options, float value) {
  if (options.target_min && double{value} < *options.target_min) {
    return fmt::format("less than --target-min {}", *options.target_min);
  }
  if (options.target_max && double{value} > *options.target_max) {
    return fmt::format("more than --target-max {}", *options.target_max);
  }
  return {};
}

}  // namespace lockstep
