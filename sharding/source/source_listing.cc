#include "sharding/source/source_listing.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace lockstep {

std::string_view name_of(SourceSplit split) {
  switch (split) {
    case SourceSplit::train:
      return kTrainSplit;
    case SourceSplit::valid:
      return kValidSplit;
    case SourceSplit::test:
      return kTestSplit;
    case SourceSplit::unset:
      return "";
  }
  return "";
}

SourceSplit parse_split(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, SourceSplit>, 8> kNames{{
      {"train", SourceSplit::train},
      {"training", SourceSplit::train},
      {"valid", SourceSplit::valid},
      {"val", SourceSplit::valid},
      {"validation", SourceSplit::valid},
      {"dev", SourceSplit::valid},
      {"test", SourceSplit::test},
      {"testing", SourceSplit::test},
  }};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [name, split] : kNames) {
    if (name == lower) return split;
  }
  return SourceSplit::unset;
}

std::uint32_t NameTable::add(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(names_.size());
  numbers_.emplace(name, number);
  names_.emplace_back(name);
  return number;
}

std::uint32_t NameTable::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? kNone : found->second;
}

SourceFault SourceListing::fault(FaultKind kind, const SourceRecord& record,
                                 std::string detail) const {
  return {.kind = kind,
          .path = record.path,
          .split = std::string(name_of(record.split)),
          .label = label_text(record),
          .detail = std::move(detail)};
}

std::string SourceListing::label_text(const SourceRecord& record) const {
  if (record.label != NameTable::kNone) return labels[record.label];
  return fmt::format("{}", fmt::join(record.targets, " "));
}

}  // namespace lockstep
