#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/error.h"

namespace lockstep {

namespace detail {

/// What the parser says, without its own names: "line 1, column 2: invalid literal".
inline std::string parse_problem(std::string_view said) {
  for (const std::string_view begin : {"[json.exception.", "parse error at "}) {
    if (!said.starts_with(begin)) continue;
    const std::size_t end = begin.front() == '[' ? said.find("] ") + 2 : begin.size();
    said.remove_prefix(std::min(end, said.size()));
  }
  return std::string(said);
}

}  // namespace detail

/// The levels of objects and lists that a JSON text of ours may have. What copies, compares or
/// prints a JSON value calls itself for each.
inline constexpr int kMostJsonLevels = 64;

/// `text` as JSON. Throws Error(`code`) that says what is wrong with it, but not where it came
/// from, where it is not JSON, has more levels than kMostJsonLevels, or an object has a key twice.
///
/// `Json` is nlohmann::json, or nlohmann::ordered_json, which keeps the order of keys.
template <typename Json>
Json parse_json(std::string_view text, ExitCode code) {
  using ParseEvent = typename Json::parse_event_t;
  int lists = 0;
  std::vector<std::set<std::string>> objects;  // the keys of those that are open
  const auto see = [&](int, ParseEvent event, Json& parsed) {
    if (event == ParseEvent::object_start) objects.emplace_back();
    if (event == ParseEvent::object_end) objects.pop_back();
    if (event == ParseEvent::array_start) ++lists;
    if (event == ParseEvent::array_end) --lists;
    check(lists + static_cast<int>(objects.size()) <= kMostJsonLevels, code,
          "it has more than {} levels of objects and lists", kMostJsonLevels);
    if (event == ParseEvent::key) {  // the parser would keep the last of two equal ones
      std::string key = parsed.template get<std::string>();
      check(!objects.back().contains(key), code, "it has the key '{}' twice", key);
      objects.back().insert(std::move(key));
    }
    return true;
  };
  check(text.find_first_not_of(" \t\r\n") != std::string_view::npos, code,
        "it is not JSON: it is empty");
  try {
    return Json::parse(text, see);
  } catch (const nlohmann::json::exception& error) {
    fail(code, "it is not JSON: {}", detail::parse_problem(error.what()));
  }
}

}  // namespace lockstep
