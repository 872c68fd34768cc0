#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "launcher/config/config.h"

namespace lockstep {

/// Reads a config. `origin` is the file's name in messages. `overrides` are `section.key=value`,
/// the value written as in YAML; the last of two wins. Strict: throws Error(usage) on an unknown
/// key (and names the nearest), a duplicate, a value of the wrong type or out of range (and says
/// what is allowed), a key that has no effect beside another (`optimizer.beta1` with sgd), each
/// with its line, or where keys contradict each other. Where an override changes that other key,
/// what the file says of the former choice is dropped. `data.augment.preset` counts before every
/// other key, wherever it is.
///
///     const Config config = parse_config(text, "mine.yaml", {{"train.epochs=3"}});
Config parse_config(std::string_view yaml, std::string_view origin,
                    std::span<const std::string> overrides = {});

/// The whole config, defaults included, in the order of the sections; without the keys that have no
/// effect. parse_config gives the same values back, floating-point numbers to the bit.
std::string to_yaml(const Config& config);

/// The keys that decide the run's numbers, as far as they have an effect, and their values as in
/// YAML.
std::vector<std::pair<std::string, std::string>> identity_of(const Config& config);

/// The value of one key, such as "optimizer.lr_scaling", as in YAML.
std::string value_of(const Config& config, std::string_view key);

/// One key whose value differs; values as in YAML, "unset" for a key that has no effect.
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
