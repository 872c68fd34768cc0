#include "sharding/format/pack_format.h"

#include <array>
#include <utility>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::array<std::pair<Encoding, std::string_view>, 2> kEncodings{{
    {Encoding::raw, "raw"},
    {Encoding::encoded, "encoded"},
}};

constexpr std::array<std::pair<LabelKind, std::string_view>, 4> kLabelKinds{{
    {LabelKind::none, "none"},
    {LabelKind::int64, "int64"},
    {LabelKind::float32, "float32"},
    {LabelKind::uint8, "uint8"},
}};

template <typename Table, typename Value>
std::string_view find_name(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  fail(ExitCode::internal, "a value of a pack enumeration has no name");
}

template <typename Table>
auto find_value(const Table& table, std::string_view name, const char* what) {
  for (const auto& [value, candidate] : table) {
    if (candidate == name) return value;
  }
  fail(ExitCode::data, "unknown {} '{}'; was the pack made by a newer lockstep?", what, name);
}

}  // namespace

std::string_view name_of(Encoding encoding) { return find_name(kEncodings, encoding); }
std::string_view name_of(LabelKind kind) { return find_name(kLabelKinds, kind); }

Encoding parse_encoding(std::string_view name) { return find_value(kEncodings, name, "encoding"); }

LabelKind parse_label_kind(std::string_view name) {
  return find_value(kLabelKinds, name, "label kind");
}

std::string shard_file_name(std::string_view split, std::size_t shard) {
  return fmt::format("{}-{:05}.h5", split, shard);
}

}  // namespace lockstep
