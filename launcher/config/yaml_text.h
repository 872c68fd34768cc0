#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <yaml-cpp/node/node.h>

namespace lockstep {

/// Where something in a YAML text is, for messages: "(configs/x.yaml:12)".
using YamlPlace = std::function<std::string(const YAML::Mark&)>;

/// The one document that `text` is; a null node where it is empty. Its size, its depth and all that
/// could make it grow are checked before anything walks it: a text of more than 1 MiB, more than
/// one document, more than 32 levels, an alias (`*x`), or a control character is an Error(usage).
YAML::Node read_yaml(std::string_view text, const YamlPlace& place);

}  // namespace lockstep
