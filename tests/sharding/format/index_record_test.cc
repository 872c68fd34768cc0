#include "sharding/format/index_record.h"

#include <cmath>
#include <string_view>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

constexpr SampleRecord kRecord{.offset = 0x1122334455667788,
                               .size = 12,
                               .height = 2,
                               .width = 2,
                               .channels = 3,
                               .hash = 0xfedcba9876543210};

TEST(IndexRecord, EveryKindOfLabelComesBack) {
  struct Case {
    LabelType type;
    std::int64_t label;
    std::vector<float> targets;
    std::size_t record_bytes;
  };
  const std::vector<Case> cases{
      {{LabelKind::none, 0}, -1, {}, 32},
      {{LabelKind::int64, 1}, 1'000'000'007, {}, 40},
      {{LabelKind::float32, 3}, -1, {0.5f, -2.25f, 1e30f}, 44},
      {{LabelKind::uint8, 5}, -1, {1, 0, 0, 1, 1}, 37},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.type.record_bytes(), c.record_bytes);
    std::vector<std::byte> bytes(c.record_bytes, std::byte{0xff});
    encode_record(c.type, kRecord, c.label, c.targets, bytes);
    SampleRecord record;
    std::int64_t label = 7;
    std::vector<float> targets{1, 2, 3};
    decode_record(c.type, bytes, record, label, targets);
    EXPECT_EQ(record.offset, kRecord.offset);
    EXPECT_EQ(record.size, kRecord.size);
    EXPECT_EQ(record.height, kRecord.height);
    EXPECT_EQ(record.width, kRecord.width);
    EXPECT_EQ(record.channels, kRecord.channels);
    EXPECT_EQ(record.hash, kRecord.hash);
    EXPECT_EQ(label, c.label);
    EXPECT_EQ(targets, c.targets);
  }
}

TEST(IndexRecord, ImpossibleNumbersAreNamed) {
  const RecordLimits limits{Encoding::raw, {LabelKind::int64, 1}, 10, 100};
  const auto find = [&](SampleRecord record, std::int64_t label = 0) {
    const char* what = find_impossible(limits, record, label, {});
    return std::string_view(what == nullptr ? "" : what);
  };
  const SampleRecord good{.offset = 88, .size = 12, .height = 2, .width = 2, .channels = 3};
  EXPECT_EQ(find(good), "");
  EXPECT_EQ(find(good, 9), "");
  EXPECT_EQ(find(good, 10), "label");
  EXPECT_EQ(find(good, -1), "label");
  const auto with = [&](auto member, auto value) {
    SampleRecord record = good;
    record.*member = value;
    return record;
  };
  EXPECT_EQ(find(with(&SampleRecord::offset, 89)), "place in /bytes");
  EXPECT_EQ(find(with(&SampleRecord::offset, ~0ull)), "place in /bytes");
  EXPECT_EQ(find(with(&SampleRecord::size, 0)), "place in /bytes");
  EXPECT_EQ(find(with(&SampleRecord::size, ~0u)), "place in /bytes");
  EXPECT_EQ(find(with(&SampleRecord::height, 0)), "height or width");
  EXPECT_EQ(find(with(&SampleRecord::width, ~0u)), "height or width");
  EXPECT_EQ(find(with(&SampleRecord::height, 3)), "size");
  EXPECT_EQ(find(with(&SampleRecord::channels, std::uint8_t{4})), "number of channels");
}

TEST(IndexRecord, ImpossibleTargetsAreNamed) {
  const SampleRecord good{.offset = 88, .size = 12, .height = 2, .width = 2, .channels = 3};
  const auto find = [&](LabelKind kind, std::vector<float> targets) {
    const char* what = find_impossible({Encoding::raw, {kind, 2}, 0, 100}, good, -1, targets);
    return std::string_view(what == nullptr ? "" : what);
  };
  EXPECT_EQ(find(LabelKind::uint8, {0, 1}), "");
  EXPECT_EQ(find(LabelKind::uint8, {0, 255}), "flag");
  EXPECT_EQ(find(LabelKind::float32, {-3.5f, 2}), "");
  EXPECT_EQ(find(LabelKind::float32, {0, NAN}), "target");
  EXPECT_EQ(find(LabelKind::float32, {INFINITY, 0}), "target");
}

}  // namespace
}  // namespace lockstep
