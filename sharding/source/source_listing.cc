#include "sharding/source/source_listing.h"

#include <utility>

#include "core/ascii.h"

namespace lockstep {

SourceSplit parse_split(std::string_view text) {
  return find_name<SourceSplit>(ascii_lower(text)).value_or(SourceSplit::unset);
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
