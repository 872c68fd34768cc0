#include "launcher/setup/data_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/setup/task_setup.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/sharding/read/rows_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;

class DataSetupTest : public testing::Test {
 protected:
  /// Options that train on "train" of a pack of `source`.
  DataOptions pack_of(const MemorySource& source) const {
    write_pack(source, writer_to(directory_ / "pack"));
    DataOptions options;
    options.pack = directory_ / "pack";
    return options;
  }
  static void expect_refusal(const DataOptions& options, const std::vector<std::string>& words) {
    expect_error(ExitCode::usage, words, [&] { open_training_data(options); });
  }

  TemporaryDirectory directory_;
};

/// Three samples to train on and two to validate, of these numbers.
MemorySource numbers() {
  MemorySource source({LabelKind::float32, 1}, {}, {"age"});
  source.add("train", "a", "aa", -1, {1});
  source.add("train", "b", "bb", -1, {2});
  source.add("train", "c", "cc", -1, {3});
  source.add("valid", "d", "dd", -1, {10});
  source.add("valid", "e", "ee", -1, {14});
  return source;
}

TaskSpec task_of(const DataOptions& options) {
  const TrainingData data = open_training_data(options);
  return task_of_training({}, data.labels, *data.train);
}

TEST_F(DataSetupTest, TheStatisticsOfTargetsAreThoseOfAllThatIsTrainedOn) {
  DataOptions options = pack_of(numbers());
  EXPECT_THAT(task_of(options).target_mean, ElementsAre(2));
  options.train = {"train", "valid"};
  const TaskSpec task = task_of(options);
  EXPECT_THAT(task.target_mean, ElementsAre(6));
  EXPECT_THAT(task.target_std, ElementsAre(std::sqrt((25 + 16 + 9 + 16 + 64) / 5.0)));
  options.limit = 2;  // 1 and 3
  EXPECT_THAT(task_of(options).target_mean, ElementsAre(2));
}

TEST_F(DataSetupTest, SplitsThatAreNotThereOrNamedTwiceAreRefused) {
  DataOptions options = pack_of(random_source(30, 20));
  options.train = {"train", "test"};
  expect_refusal(options, {"data.train has 'test'", "no split of that name", "train, valid"});
  options.train = {"tran"};
  expect_refusal(options, {"data.train has 'tran'", "train, valid"});
  options.train = {"valid", "train", "valid"};
  expect_refusal(options, {"data.train has the split 'valid' twice", "train, valid"});
}

TEST_F(DataSetupTest, ClassesAreChosenFromAllThatIsTrainedOnAndMeasuredOnBeforeALimit) {
  DataOptions options = pack_of(random_source(30, 20));
  options.train = {"train", "valid"};
  options.classes = {"cat", "ant"};
  options.limit = 6;
  const TrainingData data = open_training_data(options);
  EXPECT_THAT(data.labels.names, ElementsAre("cat", "ant"));
  EXPECT_EQ(task_of_training({}, data.labels, *data.train), data.labels);
  // 24 samples: each fourth, of labels that alternate.
  const auto every = open_samples(data.pack, options.train, options.classes);
  ASSERT_EQ(every->size(), 24u);
  std::vector<Row> expected;
  for (std::size_t i = 0; i < 24; i += 4) expected.push_back(rows_of(*every)[i]);
  EXPECT_EQ(rows_of(*data.train), expected);
  EXPECT_EQ(data.valid->size(), 4u);
}

TEST_F(DataSetupTest, ClassesThatThePackLacksAreRefusedWithTheNearest) {
  DataOptions options = pack_of(random_source(30, 20));
  options.classes = {"ant", "bea"};
  expect_refusal(options, {"data.classes has 'bea'", "did you mean 'bee'?"});
  options.classes = {"ant", "elephant"};
  expect_refusal(options, {"data.classes has 'elephant'", "lockstep inspect"});
  options.classes = {"ant", "bee", "ant"};
  expect_refusal(options, {"data.classes has 'ant' twice"});
  options.classes = {"ant"};
  expect_refusal(options, {"data.classes has 'ant' alone", "at least two"});
}

TEST_F(DataSetupTest, ClassesWithoutASampleAreRefused) {
  MemorySource source = random_source(30, 20);
  source.add("test", "x", "xx", 2);
  DataOptions options = pack_of(source);
  options.valid = "test";
  options.classes = {"ant", "bee"};
  expect_refusal(options, {"no sample of the classes in data.classes (ant, bee) in test"});
}

TEST_F(DataSetupTest, NormaliseSaysWhatPixelsAreWhateverElseIsKnown) {
  Config config;
  config.data = pack_of(random_source(30, 20));
  config.data.image_size = 32;
  const TrainingData data = open_training_data(config.data);
  const auto spec = [&](Normalise normalise, int channels = 1) {
    config.data.normalise = normalise;
    config.data.channels = channels;
    return input_spec(config, data.pack, *data.train);
  };
  EXPECT_EQ(spec(Normalise::pack).mean, data.pack.mean());
  EXPECT_EQ(spec(Normalise::pack).std, data.pack.std());
  config.data.mean = {0.25f};
  config.data.std = {0.5f};
  EXPECT_THAT(spec(Normalise::pack).mean, ElementsAre(0.25f));
  EXPECT_THAT(spec(Normalise::pack).std, ElementsAre(0.5f));
  EXPECT_THAT(spec(Normalise::pixel).mean, ElementsAre(0));
  EXPECT_THAT(spec(Normalise::pixel).std, ElementsAre(1));
  EXPECT_THAT(spec(Normalise::none, 3).mean, ElementsAre(0, 0, 0));
  EXPECT_THAT(spec(Normalise::none, 3).std, ElementsAre(1.0f / 255, 1.0f / 255, 1.0f / 255));
}

TEST_F(DataSetupTest, ClassesAreOfClassificationAlone) {
  DataOptions options = pack_of(numbers());
  options.classes = {"age", "mass"};
  expect_refusal(options, {"data.classes chooses among classes", "(regression)", "leave it out"});
}

}  // namespace
}  // namespace lockstep
