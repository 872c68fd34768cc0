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
  /// Whether a text alone stands for a list of it.
  bool may_be_alone = false;
  /// Whether it may be left empty (`data.valid:`), as a text without characters.
  bool may_be_empty = false;
  std::string allowed = {};  ///< for messages: "a number in (0, 1000]"
  /// Values that it may have, to name the one that was probably meant; empty: `allowed` has all.
  std::vector<std::string> names = {};
  /// A value that stands for whatever it resolved to ("auto"); empty: none.
  std::string wildcard = {};
  /// The key that decides whether this one has an effect, such as "optimizer.name"; empty: it
  /// always has. A key without effect may not be given, is not written and not compared.
  std::string depends_on = {};
  std::function<bool(const Config&)> has_effect = [](const Config&) { return true; };
  /// Stores the value of a scalar or list; false where it is not an allowed one, or an Error(usage)
  /// that says more. The key and its place are put before it.
  std::function<bool(Config&, const YAML::Node& value)> read = {};
  /// The value in YAML, on one line.
  std::function<std::string(const Config&)> write = {};
};

}  // namespace lockstep
