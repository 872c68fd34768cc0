#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/names.h"
#include "sharding/format/index_record.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/source/source_fault.h"

namespace lockstep {

/// The splits that a pack may have; train is the one that mean and std are taken over.
inline constexpr std::string_view kTrainSplit = "train";
inline constexpr std::string_view kValidSplit = "valid";
inline constexpr std::string_view kTestSplit = "test";

enum class SourceSplit : std::uint8_t { train, valid, test, unset };
/// A split is written by its first name, and read by any.
inline constexpr EnumName<SourceSplit> kSourceSplitNames[] = {
    {SourceSplit::train, kTrainSplit},  {SourceSplit::train, "training"},
    {SourceSplit::valid, kValidSplit},  {SourceSplit::valid, "val"},
    {SourceSplit::valid, "validation"}, {SourceSplit::valid, "dev"},
    {SourceSplit::test, kTestSplit},    {SourceSplit::test, "testing"},
    {SourceSplit::unset, ""},
};
constexpr std::span<const EnumName<SourceSplit>> enum_names(SourceSplit) {
  return kSourceSplitNames;
}
/// By any name, in any case; `unset` for anything else.
SourceSplit parse_split(std::string_view text);

/// Names and their numbers, in the order in which they first occur. A record has the number.
class NameTable {
 public:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  /// The number of `name`, a new one where it is new.
  std::uint32_t add(std::string_view name);
  /// kNone where there is no such name.
  std::uint32_t find(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }
  const std::string& operator[](std::uint32_t number) const { return names_[number]; }

 private:
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<std::string> names_;
};

/// One image as a source names it, with its own label: nothing about it is in another list.
/// 80 bytes, a path of more than 15 bytes, and targets come on top: some 130 MB for a million
/// files.
struct SourceRecord {
  std::string path =
      {};  ///< relative to SOURCE; of an array `file#row`. Names the sample everywhere
  std::uint64_t row = 0;                   ///< the line of its table, or its row in an array
  std::uint32_t label = NameTable::kNone;  ///< in Listing::labels; later the class
  std::uint32_t group = NameTable::kNone;  ///< in Listing::groups
  SourceSplit split = SourceSplit::unset;
  std::vector<float> targets = {};  ///< of regression and multi-label
};

/// What a source holds, before anything is left out or split.
struct SourceListing {
  enum class ClassNames {
    texts,    ///< classes are numbered in the bytewise order of their names
    numbers,  ///< the names are 0, 1, 2 …, and so are the classes, also those without a sample
  };

  LabelType label;
  std::vector<SourceRecord> records;  ///< in the order that a pack gives them
  NameTable labels;
  NameTable groups;
  ClassNames class_names = ClassNames::texts;
  std::vector<std::string> label_names;  ///< of targets or flags; empty: not known
  bool has_groups = false;               ///< every record needs one
  bool is_table = false;                 ///< a record's row is a line
  std::vector<SourceFault> faults;       ///< of what did not become a record
  std::vector<std::string> notes;        ///< what the user should know about it, one line each
  PackOptionsRecord options;             ///< those that made it

  /// The fault of a record.
  SourceFault fault(FaultKind kind, const SourceRecord& record, std::string detail = {}) const;
  /// As the source gives it: the class, or the targets with spaces between.
  std::string label_text(const SourceRecord& record) const;
};

}  // namespace lockstep
