#include "sharding/format/index_record.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "imaging/codec/decode.h"

namespace lockstep {
namespace {

template <typename T>
void put(std::span<std::byte> bytes, std::size_t field, T value) {
  std::memcpy(bytes.data() + field, &value, sizeof value);
}

template <typename T>
void get(std::span<const std::byte> bytes, std::size_t field, T& value) {
  std::memcpy(&value, bytes.data() + field, sizeof value);
}

/// Calls `visit(field, value)` for each number of a record but its label.
template <typename Record, typename Visit>
void visit_fields(Record& record, const Visit& visit) {
  visit(kOffsetField, record.offset);
  visit(kSizeField, record.size);
  visit(kHeightField, record.height);
  visit(kWidthField, record.width);
  visit(kChannelsField, record.channels);
  visit(kHashField, record.hash);
}

const char* find_impossible_shape(const RecordLimits& limits, const SampleRecord& record) {
  if (limits.encoding == Encoding::features) {
    const bool is_vector = record.height == 1 && record.channels == 1;
    const bool fits = record.width == limits.features &&
                      record.size == std::uint64_t{limits.features} * sizeof(float);
    return is_vector && fits ? nullptr : "number of features";
  }
  const auto is_side = [](std::uint32_t pixels) { return pixels > 0 && pixels <= kMaxImageSide; };
  if (!is_side(record.height) || !is_side(record.width)) return "height or width";
  if (record.channels != 1 && record.channels != 3) return "number of channels";
  const std::uint64_t pixels = std::uint64_t{record.height} * record.width;
  if (limits.encoding == Encoding::raw && record.size != pixels * record.channels) return "size";
  return nullptr;
}

}  // namespace

std::size_t LabelType::bytes() const {
  switch (kind) {
    case LabelKind::none:
      return 0;
    case LabelKind::int64:
      return sizeof(std::int64_t);
    case LabelKind::float32:
      return sizeof(float) * width;
    case LabelKind::uint8:
      return width;
  }
  return 0;
}

bool are_finite(std::span<const float> features) {
  return std::ranges::all_of(features, [](float value) { return std::isfinite(value); });
}

void encode_record(const LabelType& type, const SampleRecord& record, std::int64_t label,
                   std::span<const float> targets, std::span<std::byte> bytes) {
  assert(bytes.size() == type.record_bytes());
  std::ranges::fill(bytes, std::byte{0});
  visit_fields(record, [&](std::size_t field, auto value) { put(bytes, field, value); });
  if (type.kind == LabelKind::int64) put(bytes, kLabelField, label);
  if (type.kind == LabelKind::float32) {
    assert(targets.size() == type.width);
    std::memcpy(bytes.data() + kLabelField, targets.data(), type.bytes());
  }
  if (type.kind == LabelKind::uint8) {
    assert(targets.size() == type.width);
    std::ranges::transform(targets, bytes.begin() + kLabelField, [](float flag) {
      return static_cast<std::byte>(static_cast<std::uint8_t>(flag));
    });
  }
}

void decode_record(const LabelType& type, std::span<const std::byte> bytes, SampleRecord& record,
                   std::int64_t& label, std::vector<float>& targets) {
  assert(bytes.size() == type.record_bytes());
  visit_fields(record, [&](std::size_t field, auto& value) { get(bytes, field, value); });
  label = -1;
  targets.clear();
  if (type.kind == LabelKind::int64) get(bytes, kLabelField, label);
  if (type.kind == LabelKind::float32) {
    targets.resize(type.width);
    std::memcpy(targets.data(), bytes.data() + kLabelField, type.bytes());
  }
  if (type.kind == LabelKind::uint8) {
    targets.resize(type.width);
    std::ranges::transform(bytes.subspan(kLabelField), targets.begin(), [](std::byte flag) {
      return static_cast<float>(std::to_integer<std::uint8_t>(flag));
    });
  }
}

const char* find_impossible(const RecordLimits& limits, const SampleRecord& record,
                            std::int64_t label, std::span<const float> targets) {
  if (record.size == 0 || record.size > limits.bytes ||
      record.offset > limits.bytes - record.size) {
    return "place in /bytes";
  }
  if (const char* what = find_impossible_shape(limits, record)) return what;
  if (limits.label.kind == LabelKind::int64 &&
      (label < 0 || static_cast<std::uint64_t>(label) >= limits.classes)) {
    return "label";
  }
  const bool flags = limits.label.kind == LabelKind::uint8;
  const auto is_possible = [flags](float target) {
    return flags ? target == 0 || target == 1 : std::isfinite(target);
  };
  if (!std::ranges::all_of(targets, is_possible)) return flags ? "flag" : "target";
  return nullptr;
}

}  // namespace lockstep
