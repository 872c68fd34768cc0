#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/config/run_options.h"
#include "models/model_options.h"
#include "sharding/feed/data_options.h"
#include "trainer/optimizer/optimizer_options.h"
#include "trainer/schedule/schedule_options.h"
#include "trainer/train_options.h"

namespace lockstep {

/// All that a training run is told, one member per section of the YAML file.
struct Config {
  RunOptions run;
  DataOptions data;
  ModelOptions model;
  TrainOptions train;
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  CheckpointOptions checkpoint;
  LogOptions log;
};

/// Reads a config. `origin` is the file's name in messages. `overrides` are `section.key=value`,
/// the value written as in YAML; the last of two wins. Strict: throws Error(usage) on an unknown
/// key (and names the nearest), a duplicate, a value of the wrong type or out of range (and says
/// what is allowed), each with its line, or where keys contradict each other. `data.augment.preset`
/// counts before every other key, wherever it stands.
Config parse_config(std::string_view yaml, std::string_view origin,
                    std::span<const std::string> overrides = {});

/// The whole config, defaults included, in the order of the sections above. parse_config gives the
/// same values back, floating-point numbers to the bit.
std::string to_yaml(const Config& config);

/// The value of one key, such as "optimizer.lr_scaling", as in YAML.
std::string value_of(const Config& config, std::string_view key);

/// One key whose value differs; values as in YAML.
struct ConfigDifference {
  std::string key;
  std::string run;    ///< what the run was started with
  std::string given;  ///< what is asked for now
};

/// Where `given` would change the identity of `run`. Keys that cannot change the numbers (run.dir,
/// data.pack, data.workers, data.prefetch, train.max_steps, train.threads, train.device,
/// checkpoint, log) are not looked at; nor is train.lanes, which has its own flag; `auto` equals
/// whatever it resolved to.
std::vector<ConfigDifference> config_diff(const Config& run, const Config& given);

/// The differences as lines for people: "  train.batch: 64 in the run, 32 now".
std::string to_text(std::span<const ConfigDifference> differences);

}  // namespace lockstep
