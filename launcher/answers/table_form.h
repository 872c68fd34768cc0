#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/names.h"

namespace lockstep {

enum class TableFormat {
  csv,    ///< RFC 4180
  jsonl,  ///< one JSON object a line
};
inline constexpr EnumName<TableFormat> kTableFormatNames[] = {{TableFormat::csv, "csv"},
                                                              {TableFormat::jsonl, "jsonl"}};
constexpr std::span<const EnumName<TableFormat>> enum_names(TableFormat) {
  return kTableFormatNames;
}

/// What of an image's path is its id in a table.
enum class IdForm {
  path,  ///< as it was given, or below the folder that was given
  name,  ///< its last part
  stem,  ///< its last part without the ending
};
inline constexpr EnumName<IdForm> kIdFormNames[] = {
    {IdForm::path, "path"}, {IdForm::name, "name"}, {IdForm::stem, "stem"}};
constexpr std::span<const EnumName<IdForm>> enum_names(IdForm) { return kIdFormNames; }

std::string id_of(std::string_view path, IdForm form);

/// How a table of predictions looks, as given on the command line.
struct TableForm {
  std::optional<TableFormat> format;  ///< empty: by the file's name
  std::optional<IdForm> id;           ///< empty: path; with `like`, that by which most are found
  std::vector<std::string> columns;   ///< NAME or NAME=WHAT; empty: the usual ones
  bool probabilities = false;         ///< a column for each class or label, last
  int top = 0;                        ///< labels of a row, the most likely first; 0: as usual
  std::string separator = "|";        ///< between several labels
  std::filesystem::path like;         ///< a sample of a competition's submission

  /// Of a table that is written to `out`.
  TableFormat format_of(const std::filesystem::path& out) const;
};

}  // namespace lockstep
