#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/checked.h"
#include "core/names.h"

namespace lockstep {

/// An option whose value is one of an enum's names, which `store` is given.
template <NamedEnum Enum, typename Store>
CLI::Option* add_name_option(CLI::App& app, const std::string& name, const std::string& help,
                             Store store) {
  const auto read = [store, name](const std::string& text) {
    const std::optional<Enum> found = find_name<Enum>(text);
    if (!found) {
      throw CLI::ValidationError(name, "'" + text + "' is not one of " + known_names<Enum>());
    }
    store(*found);
  };
  return app.add_option_function<std::string>(name, read, help)->type_name(known_names<Enum>("|"));
}

/// An option whose value is one of an enum's names, or is left out.
template <NamedEnum Enum>
CLI::Option* add_optional_choice(CLI::App& app, const std::string& name, std::optional<Enum>& value,
                                 const std::string& help) {
  return add_name_option<Enum>(app, name, help, [&value](Enum chosen) { value = chosen; });
}

/// An option whose value is one of an enum's names; `value` holds the default.
template <NamedEnum Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& value,
                        const std::string& help) {
  return add_name_option<Enum>(app, name, help, [&value](Enum chosen) { value = chosen; })
      ->default_str(std::string(name_of(value)));
}

/// An option whose value is a whole number from `low` to `high`, which `store` is given.
template <std::integral Number, typename Store>
CLI::Option* add_number_option(CLI::App& app, const std::string& name, Number low, Number high,
                               const std::string& help, Store store) {
  const auto read = [=](const std::string& text) {
    const std::optional<Number> number = parse_number<Number>(text);
    if (!number || *number < low || *number > high) {
      throw CLI::ValidationError(name, "'" + text + "' is not " + range_text(low, high));
    }
    store(*number);
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("N");
}

/// An option whose value is a whole number from `low` to `high`, or is left out.
template <std::integral Number>
CLI::Option* add_optional_number(CLI::App& app, const std::string& name,
                                 std::optional<Number>& value, std::type_identity_t<Number> low,
                                 std::type_identity_t<Number> high, const std::string& help) {
  return add_number_option<Number>(app, name, low, high, help,
                                   [&value](Number number) { value = number; });
}

/// An option whose value is a whole number from `low` to `high`.
template <std::integral Number>
CLI::Option* add_number(CLI::App& app, const std::string& name, Number& value,
                        std::type_identity_t<Number> low, std::type_identity_t<Number> high,
                        const std::string& help) {
  return add_number_option<Number>(app, name, low, high, help,
                                   [&value](Number number) { value = number; });
}

/// An option that may be given several times, each time with one word: what follows it is something
/// else.
template <typename Value>
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<Value>& values,
                      const std::string& help) {
  return app.add_option(name, values, help)
      ->allow_extra_args(false)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// An option whose value, a double or an optional one, is a part of something: a number from 0
/// to 1.
template <typename Value>
CLI::Option* add_fraction(CLI::App& app, const std::string& name, Value& value,
                          const std::string& help) {
  const auto read = [=, &value](const std::string& text) {
    const std::optional<double> number = parse_number<double>(text);
    if (!number || *number < 0 || *number > 1) {
      throw CLI::ValidationError(name, "'" + text + "' is not a number from 0 to 1");
    }
    value = *number;
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("PART");
}

/// An option whose value is a number, or is left out.
inline CLI::Option* add_real(CLI::App& app, const std::string& name, std::optional<double>& value,
                             const std::string& help) {
  const auto read = [=, &value](const std::string& text) {
    value = parse_number<double>(text);
    if (!value) throw CLI::ValidationError(name, "'" + text + "' is not a finite number");
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("NUMBER");
}

/// The bytes that "1GiB" or "3000" says; std::nullopt where it says none.
inline std::optional<std::uint64_t> parse_size(const std::string& text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parse_number<std::uint64_t>(text.substr(0, digits));
  std::string unit = "1" + text.substr(digits);  // becomes its factor
  try {
    if (!CLI::AsSizeValue(/*kb_is_1000=*/false)(unit).empty()) return std::nullopt;
  } catch (const CLI::ValidationError&) {
    return std::nullopt;
  }
  const auto factor = parse_number<std::uint64_t>(unit);
  std::uint64_t bytes = 0;
  if (!number || !factor || __builtin_mul_overflow(*number, *factor, &bytes)) return std::nullopt;
  return bytes;
}

/// An option whose value is a number of bytes, with a unit or without.
inline CLI::Option* add_size(CLI::App& app, const std::string& name, std::uint64_t& bytes,
                             const std::string& help) {
  const auto read = [=, &bytes](const std::string& text) {
    const std::optional<std::uint64_t> size = parse_size(text);
    if (size.value_or(0) == 0) {
      throw CLI::ValidationError(name,
                                 "'" + text + "' is not a size in bytes such as 500MiB or 1GiB");
    }
    bytes = *size;
  };
  return app.add_option_function<std::string>(name, read, help)->type_name("SIZE");
}

/// --jobs.
inline void add_jobs(CLI::App& app, int& jobs) {
  add_number(app, "--jobs", jobs, 0, 1024, "Threads; 0: one per core");
}

}  // namespace lockstep
