#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "core/printable.h"

namespace lockstep {

/// `json` as a document for stdout, its last line ended. Names from outside need not be UTF-8, but
/// JSON must be: such bytes are replaced. A terminal that shows it does not act on it.
template <typename Json>
std::string json_text(const Json& json) {
  return printable_lines(json.dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace lockstep
