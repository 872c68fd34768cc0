#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "core/names.h"

namespace lockstep {

/// An option whose value is one of an enum's names; `value` holds the default.
template <NamedEnum Enum>
CLI::Option* add_choice(CLI::App& app, const std::string& name, Enum& value,
                        const std::string& help) {
  const auto read = [&value, name](const std::string& text) {
    const std::optional<Enum> found = find_name<Enum>(text);
    if (!found) {
      throw CLI::ValidationError(name, "'" + text + "' is not one of " + known_names<Enum>());
    }
    value = *found;
  };
  return app.add_option_function<std::string>(name, read, help)
      ->type_name(known_names<Enum>("|"))
      ->default_str(std::string(name_of(value)));
}

/// --jobs.
inline void add_jobs(CLI::App& app, int& jobs) {
  app.add_option("--jobs", jobs, "Threads; 0: one per core")->check(CLI::Range(0, 1024));
}

}  // namespace lockstep
