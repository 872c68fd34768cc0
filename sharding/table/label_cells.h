#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sharding/source/label_regex.h"
#include "sharding/source/source_listing.h"
#include "sharding/source/source_options.h"

namespace lockstep {

/// Reads the labels out of the cells of a table's rows: a class, numbers, flags, or names,
/// several of an image, which become flags when all rows are known.
///
///     LabelCells cells(options, {"age"}, LabelCells::Flags::values);
///     if (const auto fault = cells.read(texts, record, listing)) add(*fault);
///     cells.finish(listing);
class LabelCells {
 public:
  /// What is wrong with a row's label.
  struct Problem {
    FaultKind kind;
    std::string detail;
  };

  /// What a cell of a multi-label table holds.
  enum class Flags {
    values,  ///< 0 or 1: a column is a flag
    names,   ///< those of the flags that are set
  };

  /// `columns`: the names of the label columns. Throws Error(usage) where the options contradict
  /// them.
  LabelCells(const SourceOptions& options, std::vector<std::string> columns, Flags flags);

  LabelType type() const {
    return label_type(options_, static_cast<std::uint32_t>(columns_.size()));
  }

  /// Sets the label or the targets of `record`, a row of `listing` to be.
  std::optional<Problem> read(std::span<const std::string* const> cells, SourceRecord& record,
                              SourceListing& listing);

  /// Adds one name to a record, which becomes a flag when all records are known.
  void add_name(const std::string& name, SourceRecord& record);

  /// Makes flags of the names in the cells of the listing's records. Sets label and label_names.
  void finish(SourceListing& listing) const;

 private:
  std::optional<Problem> read_class(std::string_view text, SourceRecord& record,
                                    SourceListing& listing) const;
  std::optional<Problem> read_names(std::string_view text, SourceRecord& record);
  std::optional<Problem> read_number(std::string_view text, std::size_t column,
                                     SourceRecord& record) const;

  const SourceOptions& options_;
  std::vector<std::string> columns_;
  Flags flags_;
  std::optional<LabelRegex> target_regex_;
  NameTable names_;  ///< in cells with several
};

}  // namespace lockstep
