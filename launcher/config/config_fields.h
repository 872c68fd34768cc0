#pragma once

#include <functional>
#include <string>
#include <vector>

#include <yaml-cpp/node/node.h>

#include "launcher/config/config.h"

namespace lockstep {

/// Whether a key decides the run's numbers.
enum class KeyRole {
  identity,  ///< it does: a restart must not change it
  free,      ///< it cannot: where things lie, how often they are saved, how many threads
};

/// One key of the config: the only place that knows how it is read, checked, written and compared.
struct ConfigField {
  std::string key;  ///< "optimizer.lr"
  KeyRole role;
  /// Whether its value is a list, in YAML `[1, 2]`.
  bool is_list = false;
  std::string allowed = {};  ///< for messages: "a number in (0, 1000]"
  /// A value that stands for whatever it resolved to ("auto"); empty: none.
  std::string wildcard = {};
  /// Stores the value of a scalar or list; false where it is not an allowed one.
  std::function<bool(Config&, const YAML::Node& value)> read = {};
  /// The value in YAML, on one line.
  std::function<std::string(const Config&)> write = {};
};

/// Every key, in the order in which a config is written.
const std::vector<ConfigField>& config_fields();

}  // namespace lockstep
