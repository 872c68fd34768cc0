#include "sharding/read/pack.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class PackTest : public testing::Test {
 protected:
  PackTest() {
    PackWriterOptions options;
    options.out = out_;
    options.shard_bytes = 1000;
    write_pack(random_source(100, 50), options);
  }

  std::shared_ptr<const PackSplit> train() const { return Pack(out_).split("train"); }
  /// Reads the whole training split.
  void read_all() const {
    const auto split = train();
    Sample sample;
    for (std::uint64_t id = 0; id < split->size(); ++id) split->read(id, sample);
  }

  TemporaryDirectory directory_;
  fs::path out_ = directory_ / "pack";
};

TEST_F(PackTest, SamplesComeBackByTheirNumber) {
  const MemorySource source = random_source(100, 50);
  for (const PackSource::Split& info : source.splits()) {
    const auto split = Pack(out_).split(info.name);
    ASSERT_EQ(split->size(), info.samples);
    const auto pass = source.open(info);
    std::vector<SourceSample> expected;
    Sample sample;
    for (std::uint64_t id = 0; const std::size_t count = pass->next(expected);) {
      for (std::size_t i = 0; i < count; ++i, ++id) {
        split->read(id, sample);
        EXPECT_EQ(sample.bytes, expected[i].bytes);
        EXPECT_EQ(sample.label, expected[i].label);
        EXPECT_EQ(sample.record.width, 50u);
      }
    }
  }
}

TEST_F(PackTest, ReadingAgainTakesNoMemory) {
  const auto split = train();
  Sample sample;
  split->read(0, sample);
  const std::byte* memory = sample.bytes.data();
  for (std::uint64_t id = 0; id < split->size(); ++id) {
    split->read(id, sample);
    EXPECT_EQ(sample.bytes.data(), memory);
  }
}

TEST_F(PackTest, ManyThreadsReadAtOnce) {
  const auto split = train();
  std::vector<std::jthread> threads;
  std::atomic<std::int64_t> sum = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Sample sample;
      for (std::uint64_t k = 0; k < split->size(); ++k) {
        split->read((k * 37 + static_cast<std::uint64_t>(t) * 11) % split->size(), sample);
        sum += sample.label;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(sum, 8 * 99);
}

TEST_F(PackTest, TheIndexIsVisitedInOrder) {
  std::uint64_t next = 0;
  train()->visit_index([&](std::uint64_t id, const Sample& sample) {
    EXPECT_EQ(id, next++);
    EXPECT_EQ(sample.label, static_cast<std::int64_t>(id % 3));
  });
  EXPECT_EQ(next, 100u);
}

TEST_F(PackTest, AnUnknownSplitListsTheSplits) {
  expect_error(ExitCode::data, {"'test'", "train, valid"}, [&] { Pack(out_).split("test"); });
}

TEST_F(PackTest, DescribesASampleByShard) {
  EXPECT_THAT(train()->describe(25), testing::AllOf(testing::HasSubstr("sample 25"),
                                                    testing::HasSubstr("train-00001.h5")));
}

TEST_F(PackTest, NoPackIsExplained) {
  const auto open = [](const fs::path& path) { return [path] { Pack{path}; }; };
  expect_error(ExitCode::data, {"no such directory", "lockstep pack"}, open(directory_ / "gone"));
  expect_error(ExitCode::data, {"is not a pack", "pack.json"}, open(directory_.path()));
  write_text(directory_ / "foreign/pack.json", R"({"name": "an npm package", "version": 1})");
  expect_error(ExitCode::data, {"not the manifest of a lockstep pack"},
               open(directory_ / "foreign"));
}

TEST_F(PackTest, AMovedOrCutShardIsNamed) {
  fs::resize_file(out_ / "train-00003.h5", fs::file_size(out_ / "train-00003.h5") - 1);
  expect_error(ExitCode::data, {"train-00003.h5", "bytes", "lockstep verify"}, [&] { read_all(); });
  write_text(out_ / "train-00003.h5", "");
  expect_error(ExitCode::data, {"train-00003.h5", "0 bytes"}, [&] { read_all(); });
  fs::remove(out_ / "train-00003.h5");
  expect_error(ExitCode::data, {"train-00003.h5", "was the pack moved"}, [&] { read_all(); });
}

TEST_F(PackTest, AFlippedBitInAnImageOrTheIndexIsFoundByReading) {
  const ShardInfo shard = Pack(out_).manifest().splits.at(0).shards.at(1);
  const fs::path path = out_ / shard.file;
  for (std::uint64_t at = 0; at < shard.bytes.size; at += 7) {
    flip_bit(path, shard.bytes.address + at);
    expect_error(ExitCode::data, {shard.file, "sample", "checksum"}, [&] { read_all(); });
    flip_bit(path, shard.bytes.address + at);
  }
  for (std::uint64_t at = 0; at < shard.index.size; at += 7) {
    flip_bit(path, shard.index.address + at);
    expect_error(ExitCode::data, {shard.file, "/index"}, [&] { read_all(); });
    flip_bit(path, shard.index.address + at);
  }
  read_all();
}

TEST_F(PackTest, AShardOpensOnceItIsMended) {
  const fs::path path = out_ / "train-00000.h5";
  const std::string content = read_text(path);
  const auto split = train();
  Sample sample;
  fs::remove(path);
  EXPECT_THROW(split->read(0, sample), Error);
  write_text(path, content);
  split->read(0, sample);
  EXPECT_EQ(sample.label, 0);
}

/// A pack of one sample with that label.
class PackLabels : public testing::Test {
 protected:
  Pack write(LabelType type, std::int64_t label, std::vector<float> targets,
             std::vector<std::string> classes = {}, std::vector<std::string> names = {}) {
    MemorySource source(type, std::move(classes), std::move(names));
    source.add("train", "a", "pixels", label, std::move(targets));
    write_pack(source, {.out = out_, .existing = ExistingPack::replace, .progress = {}});
    return Pack(out_);
  }

  /// Expects that label of the sample, whether it is read or its label is visited.
  static void expect(const Pack& pack, std::int64_t label, const std::vector<float>& targets) {
    const auto split = pack.split("train");
    EXPECT_EQ(split->label_type(), pack.manifest().label);
    Sample sample;
    split->read(0, sample);
    EXPECT_EQ(sample.label, label);
    EXPECT_EQ(sample.targets, targets);
    EXPECT_EQ(sample.bytes.size(), 6u);
    int visited = 0;
    split->visit_labels([&](std::uint64_t id, const SampleLabel& found) {
      EXPECT_EQ(id, 0u);
      EXPECT_EQ(found.number, label);
      EXPECT_TRUE(std::ranges::equal(found.targets, targets));
      ++visited;
    });
    EXPECT_EQ(visited, 1);
  }

  TemporaryDirectory directory_;
  fs::path out_ = directory_ / "pack";
};

TEST_F(PackLabels, EveryKindIsReadAsItWasWritten) {
  expect(write({LabelKind::int64, 1}, 0, {}, {"ant"}), 0, {});
  expect(write({LabelKind::float32, 2}, -1, {0.5f, -3.0f}), -1, {0.5f, -3.0f});
  expect(write({LabelKind::uint8, 3}, -1, {1, 0, 1}), -1, {1, 0, 1});
  expect(write({LabelKind::none, 0}, -1, {}), -1, {});
}

TEST_F(PackLabels, HaveNames) {
  EXPECT_THAT(write({LabelKind::int64, 1}, 0, {}, {"ant"}).label_names(), ElementsAre("ant"));
  EXPECT_THAT(write({LabelKind::float32, 2}, -1, {1, 2}, {}, {"age", "mass"}).label_names(),
              ElementsAre("age", "mass"));
  EXPECT_THAT(write({LabelKind::uint8, 1}, -1, {1}, {}, {"edema"}).label_names(),
              ElementsAre("edema"));
  EXPECT_THAT(write({LabelKind::none, 0}, -1, {}).label_names(), ElementsAre());
}

TEST_F(PackLabels, AreNumberedWhereTheSourceHasNoNames) {
  EXPECT_THAT(write({LabelKind::float32, 2}, -1, {1, 2}).label_names(),
              ElementsAre("target 1", "target 2"));
  EXPECT_THAT(write({LabelKind::uint8, 1}, -1, {1}).label_names(), ElementsAre("flag 1"));
}

}  // namespace
}  // namespace lockstep
