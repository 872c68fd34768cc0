#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include "core/checked.h"
#include "core/names.h"
#include "launcher/config/config_field.h"

/// The kinds of keys, to be listed by section (launcher/config/*_fields.cc):
///
///     real("optimizer.lr", identity, at(&Config::optimizer, &OptimizerOptions::lr), positive)
namespace lockstep::fields {

inline constexpr KeyRole identity = KeyRole::identity;
inline constexpr KeyRole free = KeyRole::free;

/// Quoted scalars are text, whatever they look like.
inline bool is_plain(const YAML::Node& scalar) { return scalar.Tag() != "!"; }

template <typename Number>
bool read_number(const YAML::Node& scalar, Number& value) {
  const std::optional<Number> number = parse_number<Number>(scalar.Scalar());
  if (!is_plain(scalar) || !number) return false;
  value = *number;
  return true;
}

inline std::string quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << text;
  return emitter.c_str();
}

/// at(&Config::train, &TrainOptions::batch): reaches a member of a section, const or not.
template <typename... Members>
auto at(Members... members) {
  return [=](auto& config) -> auto& { return (config.*....*members); };
}

/// The type of what `access` reaches.
template <typename Access>
using Value = std::remove_reference_t<std::invoke_result_t<Access, Config&>>;

template <typename Access>
ConfigField number(
    std::string key, KeyRole role, Access access, std::type_identity_t<Value<Access>> low,
    std::type_identity_t<Value<Access>> high = std::numeric_limits<Value<Access>>::max()) {
  using T = Value<Access>;
  static_assert(std::integral<T>);
  ConfigField field{.key = std::move(key), .role = role};
  field.allowed = range_text<T>(low, high);
  field.read = [=](Config& config, const YAML::Node& scalar) {
    T value{};
    if (!read_number(scalar, value) || value < low || value > high) return false;
    access(config) = value;
    return true;
  };
  field.write = [=](const Config& config) { return fmt::format("{}", access(config)); };
  return field;
}

/// A whole number, or `auto` for std::nullopt.
template <typename Access>
ConfigField number_or_auto(std::string key, KeyRole role, Access access, int low, int high) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .allowed = fmt::format("auto or a whole number from {} to {}", low, high)};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    int value = 0;
    const bool automatic = scalar.Scalar() == "auto";
    if (!automatic && (!read_number(scalar, value) || value < low || value > high)) return false;
    access(config) = automatic ? std::nullopt : std::optional(value);
    return true;
  };
  field.write = [=](const Config& config) {
    return access(config) ? fmt::format("{}", *access(config)) : "auto";
  };
  return field;
}

/// A list of whole numbers, which may be empty.
template <typename Access>
ConfigField numbers(std::string key, KeyRole role, Access access, int low, int high) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .is_list = true,
                    .allowed = fmt::format("a list of whole numbers from {} to {}", low, high)};
  field.read = [=](Config& config, const YAML::Node& list) {
    std::vector<int> values;
    for (const YAML::Node& item : list) {
      int value = 0;
      if (!item.IsScalar() || !read_number(item, value) || value < low || value > high)
        return false;
      values.push_back(value);
    }
    access(config) = std::move(values);
    return true;
  };
  field.write = [=](const Config& config) {
    return fmt::format("[{}]", fmt::join(access(config), ", "));
  };
  return field;
}

/// The real numbers between two, with or without them.
struct Interval {
  double low, high;
  bool low_included, high_included;

  bool contains(double value) const {
    return (value > low || (low_included && value == low)) &&
           (value < high || (high_included && value == high));
  }
  std::string text() const {
    if (high == std::numeric_limits<double>::infinity()) {
      return fmt::format("a number {} {}", low_included ? "of at least" : "above", low);
    }
    return fmt::format("a number in {}{}, {}{}", low_included ? '[' : '(', low, high,
                       high_included ? ']' : ')');
  }
};
inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr Interval positive{0, infinity, false, false};
inline constexpr Interval not_negative{0, infinity, true, false};
inline constexpr double large = 1e30;  // with room below the largest float32
inline constexpr Interval up_to_large{0, large, true, true};
inline constexpr Interval part_of_large{0, large, false, true};
inline constexpr Interval below_one{0, 1, true, false};
inline constexpr Interval fraction{0, 1, true, true};
inline constexpr Interval part{0, 1, false, true};  // of something, and not nothing
inline constexpr Interval proportions{0.01, 100, true, true};
inline constexpr Interval magnification{0.1, 10, true, true};
inline constexpr Interval mix_alpha{0, 4, true,
                                    true};  // beyond, all pictures are blended half and half

template <typename Access>
ConfigField real(std::string key, KeyRole role, Access access, Interval interval) {
  ConfigField field{.key = std::move(key), .role = role, .allowed = interval.text()};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    double value = 0;
    if (!read_number(scalar, value) || !interval.contains(value)) return false;
    access(config) = value;
    return true;
  };
  // fmt writes the shortest digits that read back as the same double.
  field.write = [=](const Config& config) { return fmt::format("{}", access(config)); };
  return field;
}

/// A list of real numbers, which may be empty.
template <typename Access>
ConfigField reals(std::string key, KeyRole role, Access access, Interval interval) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .is_list = true,
                    .allowed = fmt::format("a list, each {}", interval.text())};
  field.read = [=](Config& config, const YAML::Node& list) {
    std::vector<float> values;
    for (const YAML::Node& item : list) {
      double value = 0;
      if (!item.IsScalar() || !read_number(item, value) || !interval.contains(value)) return false;
      values.push_back(static_cast<float>(value));
      if (!interval.contains(double{values.back()})) return false;  // too small for a float
    }
    access(config) = std::move(values);
    return true;
  };
  field.write = [=](const Config& config) {
    return fmt::format("[{}]", fmt::join(access(config), ", "));
  };
  return field;
}

enum class Empty { refused, allowed };

template <typename Access>
ConfigField text(std::string key, KeyRole role, Access access, Empty empty = Empty::refused) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .may_be_empty = empty == Empty::allowed,
                    .allowed = empty == Empty::allowed ? "a text" : "a text that is not empty"};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    if (scalar.Scalar().empty() && empty == Empty::refused) return false;
    access(config) = scalar.Scalar();
    return true;
  };
  field.write = [=](const Config& config) { return quoted(access(config)); };
  return field;
}

/// How a list of one text is written.
enum class Alone { text, list };

/// A list of texts, none of them empty. Without any it may be where one alone is a list too.
template <typename Access>
ConfigField texts(std::string key, KeyRole role, Access access, Alone alone) {
  const bool as_text = alone == Alone::text;
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .is_list = true,
                    .may_be_alone = as_text,
                    .allowed = as_text ? "a text that is not empty, or a list of such texts"
                                       : "a list of texts that are not empty"};
  field.read = [=](Config& config, const YAML::Node& value) {
    std::vector<std::string> values;
    if (value.IsScalar()) values.push_back(value.Scalar());
    for (const YAML::Node& item : value) values.push_back(item.IsScalar() ? item.Scalar() : "");
    if (std::ranges::find(values, "") != values.end() || (as_text && values.empty())) return false;
    access(config) = std::move(values);
    return true;
  };
  field.write = [=](const Config& config) {
    const std::vector<std::string>& values = access(config);
    if (as_text && values.size() == 1) return quoted(values[0]);
    YAML::Emitter emitter;
    emitter << YAML::Flow << values;
    return std::string(emitter.c_str());
  };
  return field;
}

/// One of a few texts, each for a value.
template <typename Access>
ConfigField choice_of(
    std::string key, KeyRole role, Access access,
    std::vector<std::pair<std::string, std::type_identity_t<Value<Access>>>> choices) {
  ConfigField field{.key = std::move(key), .role = role};
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  field.allowed = fmt::format("one of {}", fmt::join(names, ", "));
  field.read = [=](Config& config, const YAML::Node& scalar) {
    const auto found =
        std::ranges::find(choices, scalar.Scalar(), [](const auto& pair) { return pair.first; });
    if (found == choices.end()) return false;
    access(config) = found->second;
    return true;
  };
  field.write = [=](const Config& config) {
    return std::ranges::find(choices, access(config), [](const auto& pair) { return pair.second; })
        ->first;
  };
  return field;
}

/// One of an enum's values, by name.
template <typename Access>
requires NamedEnum<Value<Access>> ConfigField choice(std::string key, KeyRole role, Access access) {
  std::vector<std::pair<std::string, Value<Access>>> choices;
  for (const auto& [value, text] : enum_names(Value<Access>{})) choices.emplace_back(text, value);
  return choice_of(std::move(key), role, access, std::move(choices));
}

/// One of an enum's values, by name, or `auto` for std::nullopt.
template <typename Access>
requires NamedEnum<typename Value<Access>::value_type> ConfigField choice_or_auto(std::string key,
                                                                                  KeyRole role,
                                                                                  Access access) {
  std::vector<std::pair<std::string, Value<Access>>> choices = {{"auto", std::nullopt}};
  for (const auto& [value, text] : enum_names(typename Value<Access>::value_type{})) {
    choices.emplace_back(text, value);
  }
  return choice_of(std::move(key), role, access, std::move(choices));
}

/// A finite number, or `none` for std::nullopt.
template <typename Access>
ConfigField real_or_none(std::string key, KeyRole role, Access access) {
  ConfigField field{.key = std::move(key), .role = role, .allowed = "none or a number"};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    double value = 0;
    const bool none = scalar.Scalar() == "none";
    if (!none && (!read_number(scalar, value) || !std::isfinite(value))) return false;
    access(config) = none ? std::nullopt : std::optional(value);
    return true;
  };
  field.write = [=](const Config& config) {
    return access(config) ? fmt::format("{}", *access(config)) : "none";
  };
  return field;
}

/// A list that may also be one value alone, without the brackets.
inline ConfigField or_alone(ConfigField field) {
  field.may_be_alone = true;
  field.allowed += ", or one alone";
  field.read = [read = field.read](Config& config, const YAML::Node& value) {
    if (!value.IsScalar()) return read(config, value);
    YAML::Node list;
    list.push_back(value);
    return read(config, list);
  };
  return field;
}

inline ConfigField resolved_from(std::string wildcard, ConfigField field) {
  field.wildcard = std::move(wildcard);
  return field;
}

/// A key that has an effect only where `has_effect` says so, by the value of the key `on`.
inline ConfigField depending(std::string on, std::function<bool(const Config&)> has_effect,
                             ConfigField field) {
  field.depends_on = std::move(on);
  field.has_effect = std::move(has_effect);
  return field;
}

/// A key that has an effect only where it is, by its last part, among the `options` of what the key
/// `on` names.
inline ConfigField own_option(
    std::string on, const std::function<std::span<const std::string_view>(const Config&)>& options,
    ConfigField field) {
  const std::string name = field.key.substr(field.key.rfind('.') + 1);
  const auto is_listed = [options, name](const Config& config) {
    const auto listed = options(config);
    return std::ranges::find(listed, name) != listed.end();
  };
  return depending(std::move(on), is_listed, std::move(field));
}

}  // namespace lockstep::fields
