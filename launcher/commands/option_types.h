#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

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

/// --jobs.
inline void add_jobs(CLI::App& app, int& jobs) {
  app.add_option("--jobs", jobs, "Threads; 0: one per core")->check(CLI::Range(0, 1024));
}

}  // namespace lockstep
