#include "core/json_fields.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "core/checked.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostShown = 60;

/// The value as JSON, no longer than a line of a message.
template <typename Json>
std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > kMostShown) text = text.substr(0, kMostShown) + "...";
  return text;
}

template <typename Json>
[[noreturn]] void refuse(ExitCode code, const std::string& path, const Json& value,
                         std::string_view expected) {
  fail(code, "'{}' is {}, not {}", path, shown(value), expected);
}

template <typename Json>
bool is_int64(const Json& value) {
  // A number that JSON's reader keeps as unsigned may be beyond what an int64 holds.
  return value.is_number_unsigned()
             ? std::in_range<std::int64_t>(value.template get<std::uint64_t>())
             : value.is_number_integer();
}

template <typename Json>
bool is_within(const Json& value, NumberRange range) {
  const double number = value.template get<double>();
  return number >= range.min && number <= range.max;
}

std::string range_text(NumberRange range) {
  return fmt::format("a number from {:g} to {:g}", range.min, range.max);
}

}  // namespace

template <typename Json>
JsonFields<Json>::JsonFields(const Json& json, ExitCode code, std::string path)
    : json_(&json), code_(code), path_(std::move(path)) {
  if (json.is_object()) return;
  if (path_.empty()) fail(code_, "it is {}, not an object", shown(json));
  refuse(code_, path_, json, "an object");
}

template <typename Json>
std::string JsonFields<Json>::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

template <typename Json>
std::string JsonFields<Json>::item_path(std::string_view key, std::size_t index) const {
  return fmt::format("{}[{}]", path_of(key), index);
}

template <typename Json>
bool JsonFields<Json>::has(std::string_view key) const {
  return json_->contains(std::string(key));
}

template <typename Json>
std::vector<std::string> JsonFields<Json>::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, value] : json_->items()) result.push_back(key);
  return result;
}

template <typename Json>
const Json& JsonFields<Json>::at(std::string_view key) const {
  const auto found = json_->find(std::string(key));
  check(found != json_->end(), code_, "'{}' is missing", path_of(key));
  return *found;
}

template <typename Json>
JsonFields<Json> JsonFields<Json>::object(std::string_view key) const {
  return JsonFields(at(key), code_, path_of(key));
}

template <typename Json>
const Json& JsonFields<Json>::list(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_array()) refuse(code_, path_of(key), value, "a list");
  return value;
}

template <typename Json>
std::vector<JsonFields<Json>> JsonFields<Json>::objects(std::string_view key) const {
  std::vector<JsonFields> result;
  for (const Json& item : list(key)) {
    result.emplace_back(item, code_, item_path(key, result.size()));
  }
  return result;
}

template <typename Json>
std::string JsonFields<Json>::text(std::string_view key) const {
  const Json& value = at(key);
  if (!value.is_string()) refuse(code_, path_of(key), value, "a text");
  return value.template get<std::string>();
}

template <typename Json>
std::vector<std::string> JsonFields<Json>::texts(std::string_view key) const {
  std::vector<std::string> result;
  for (const Json& item : list(key)) {
    if (!item.is_string()) refuse(code_, path_of(key), list(key), "a list of texts");
    result.push_back(item.template get<std::string>());
  }
  return result;
}

template <typename Json>
std::vector<std::int64_t> JsonFields<Json>::integers(std::string_view key, std::int64_t min,
                                                     std::int64_t max) const {
  std::vector<std::int64_t> result;
  for (const Json& item : list(key)) {
    if (!is_int64(item)) refuse(code_, path_of(key), list(key), "a list of whole numbers");
    result.push_back(item.template get<std::int64_t>());
    if (result.back() < min || result.back() > max) {
      refuse(code_, item_path(key, result.size() - 1), item, range_text(min, max));
    }
  }
  return result;
}

template <typename Json>
double JsonFields<Json>::number(std::string_view key, NumberRange range) const {
  const Json& value = at(key);
  if (!value.is_number()) refuse(code_, path_of(key), value, "a number");
  if (!is_within(value, range)) refuse(code_, path_of(key), value, range_text(range));
  return value.template get<double>();
}

template <typename Json>
std::vector<double> JsonFields<Json>::numbers(std::string_view key, NumberRange range) const {
  std::vector<double> result;
  for (const Json& item : list(key)) {
    if (!item.is_number()) refuse(code_, path_of(key), list(key), "a list of numbers");
    if (!is_within(item, range)) {
      refuse(code_, item_path(key, result.size()), item, range_text(range));
    }
    result.push_back(item.template get<double>());
  }
  return result;
}

template <typename Json>
std::int64_t JsonFields<Json>::signed_integer(std::string_view key, std::int64_t min,
                                              std::int64_t max) const {
  const Json& value = at(key);
  const std::int64_t number = is_int64(value) ? value.template get<std::int64_t>() : 0;
  if (!is_int64(value) || number < min || number > max) {
    refuse(code_, path_of(key), value, range_text(min, max));
  }
  return number;
}

template <typename Json>
std::uint64_t JsonFields<Json>::unsigned_integer(std::string_view key, std::uint64_t min,
                                                 std::uint64_t max) const {
  const Json& value = at(key);
  const std::uint64_t number = value.is_number_unsigned() ? value.template get<std::uint64_t>() : 0;
  if (!value.is_number_unsigned() || number < min || number > max) {
    refuse(code_, path_of(key), value, range_text(min, max));
  }
  return number;
}

template class JsonFields<nlohmann::json>;
template class JsonFields<nlohmann::ordered_json>;

}  // namespace lockstep
