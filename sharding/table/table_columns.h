#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sharding/source/source_options.h"

namespace lockstep {

/// The numbers of a table's columns.
struct TableColumns {
  std::size_t path = 0;
  std::vector<std::size_t> labels;
  std::optional<std::size_t> split;
  bool split_was_named = false;  ///< by --split-column
  std::optional<std::size_t> group;
};

/// Finds the columns that `options` name, or the usual ones: by their exact names, else in any
/// case. Throws Error(usage), which lists the columns, where one is missing; Error(data) where two
/// are called so.
TableColumns find_columns(const std::vector<std::string>& header, const SourceOptions& options);

}  // namespace lockstep
