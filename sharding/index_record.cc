#include "sharding/index_record.h"

#include <algorithm>
#include <cassert>
#include <cstring>

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

void encode_record(const LabelType& type, const SampleRecord& record, std::int64_t label,
                   std::span<const float> targets, std::span<std::byte> bytes) {
  assert(bytes.size() == type.record_bytes());
  std::ranges::fill(bytes, std::byte{0});
  put(bytes, kOffsetField, record.offset);
  put(bytes, kSizeField, record.size);
  put(bytes, kHeightField, record.height);
  put(bytes, kWidthField, record.width);
  put(bytes, kChannelsField, record.channels);
  put(bytes, kHashField, record.hash);
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
  get(bytes, kOffsetField, record.offset);
  get(bytes, kSizeField, record.size);
  get(bytes, kHeightField, record.height);
  get(bytes, kWidthField, record.width);
  get(bytes, kChannelsField, record.channels);
  get(bytes, kHashField, record.hash);
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

}  // namespace lockstep
