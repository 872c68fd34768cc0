#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sharding/format/pack_format.h"
#include "sharding/format/sample.h"

namespace lockstep {

/// Byte positions of the record's fields in the file; the label is last, and decides the record's
/// size.
inline constexpr std::size_t kOffsetField = 0;
inline constexpr std::size_t kSizeField = 8;
inline constexpr std::size_t kHeightField = 12;
inline constexpr std::size_t kWidthField = 16;
inline constexpr std::size_t kChannelsField = 20;
inline constexpr std::size_t kHashField = 24;
inline constexpr std::size_t kLabelField = 32;

/// The type of a pack's labels: it fixes the size of an index record.
struct LabelType {
  LabelKind kind = LabelKind::int64;
  /// Numbers in a label: k for float32 and uint8, 1 for int64, 0 for LabelKind::none.
  std::uint32_t width = 1;

  std::size_t bytes() const;
  std::size_t record_bytes() const { return kLabelField + bytes(); }
  /// True where a label is `width` numbers or flags.
  bool has_targets() const { return kind == LabelKind::float32 || kind == LabelKind::uint8; }
  bool operator==(const LabelType&) const = default;
};

/// One record as it is in the file. `bytes` holds `type.record_bytes()`. `label` is used for
/// int64, `targets`, of `type.width` numbers, for float32 and uint8.
void encode_record(const LabelType& type, const SampleRecord& record, std::int64_t label,
                   std::span<const float> targets, std::span<std::byte> bytes);

/// The reverse. Checks nothing: that the numbers are possible is for the reader of a pack to say.
/// `label` is -1, and `targets` is empty, where the kind does not have them.
void decode_record(const LabelType& type, std::span<const std::byte> bytes, SampleRecord& record,
                   std::int64_t& label, std::vector<float>& targets);

/// What a record must fit.
struct RecordLimits {
  Encoding encoding = Encoding::raw;
  LabelType label;
  std::uint64_t classes = 0;   ///< labels of kind int64 are less
  std::uint64_t bytes = 0;     ///< size of the shard's /bytes
  std::uint32_t features = 0;  ///< of a sample, where these are stored
};

/// Whether none of a sample's features is infinite or not a number.
bool are_finite(std::span<const float> features);

/// What is impossible in a record, such as "height or width"; nullptr where nothing is.
const char* find_impossible(const RecordLimits& limits, const SampleRecord& record,
                            std::int64_t label, std::span<const float> targets);

}  // namespace lockstep
