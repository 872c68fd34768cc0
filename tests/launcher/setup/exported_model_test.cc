#include "launcher/setup/exported_model.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "launcher/config/config_yaml.h"
#include "launcher/run/train_rank.h"
#include "models/weights/weight_file.h"
#include "tests/message_of.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

class ExportedModelTest : public testing::Test {
 protected:
  /// The newest checkpoint of a small run that keeps an average.
  LoadedCheckpoint train() const;

  TemporaryDirectory directory_;
  std::filesystem::path out_ = directory_ / "out.safetensors";
};

LoadedCheckpoint ExportedModelTest::train() const {
  PackWriterOptions options;
  options.out = directory_ / "pack";
  write_pack(random_source(40, 64), options);
  TrainJob job;
  job.config = parse_config(
      fmt::format("data: {{pack: {}, image_size: 8}}\nmodel: {{name: simple_cnn, widths: [4, 6]}}\n"
                  "train: {{epochs: 1, batch: 4, lanes: 1, device: cpu}}\nema: {{decay: 0.9}}\n"
                  "run: {{dir: {}}}\n",
                  options.out.string(), (directory_ / "run").string()),
      "test");
  std::ostringstream logged;
  const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(logged);
  const auto communicator = make_single_communicator();
  StopRequest stop{StopSignals::rank};
  RankContext context{*communicator, stop, std::make_shared<spdlog::logger>("test", sink),
                      [](const ProgressEvent&) {}, [](const std::filesystem::path&, double) {}};
  EXPECT_EQ(run_train_rank(job, context), ExitCode::ok);
  return load_checkpoint(
      list_checkpoints(directory_ / "run" / kCheckpointsDirectory).back().directory);
}

TEST_F(ExportedModelTest, HasTheTensorsAndSaysAllThatIsNeededToUseThem) {
  const LoadedCheckpoint checkpoint = train();
  const FileDigest first = export_model(checkpoint, {}, out_);
  EXPECT_EQ(export_model(checkpoint, {}, out_), first);
  const WeightFile file = read_weight_file(out_);
  ASSERT_EQ(file.tensors.size(), checkpoint.model.tensors().size());
  for (const WeightFile::Entry& tensor : file.tensors) {
    const TensorView* saved = checkpoint.model.find(tensor.name);
    ASSERT_NE(saved, nullptr) << tensor.name;
    EXPECT_EQ(std::memcmp(tensor.value.const_data_ptr(), saved->bytes.data(), saved->bytes.size()),
              0)
        << tensor.name;
  }
  const ExportedModel model = read_export_metadata(file.metadata, out_);
  const TrainingState state = read_training_state(checkpoint);
  EXPECT_EQ(model.input, state.input);
  EXPECT_EQ(model.task, state.task);
  EXPECT_EQ(model.state_digest, checkpoint.manifest.state_digest);
  EXPECT_EQ(to_yaml(model.config), checkpoint.manifest.config);
}

TEST_F(ExportedModelTest, HasTheAverageWhereItIsAskedFor) {
  const LoadedCheckpoint checkpoint = train();
  export_model(checkpoint, {.whose = WeightsOf::average}, out_);
  for (const WeightFile::Entry& tensor : read_weight_file(out_).tensors) {
    if (tensor.name.ends_with("num_batches_tracked")) continue;
    const TensorView* saved = checkpoint.optimizer.find("ema." + tensor.name);
    ASSERT_NE(saved, nullptr) << tensor.name;
    EXPECT_EQ(std::memcmp(tensor.value.const_data_ptr(), saved->bytes.data(), saved->bytes.size()),
              0);
    EXPECT_NE(std::memcmp(saved->bytes.data(), checkpoint.model.find(tensor.name)->bytes.data(),
                          saved->bytes.size()),
              0);
  }
}

TEST_F(ExportedModelTest, OfAnotherTypeOrStyleOrOriginIsConvertedOrRefused) {
  const LoadedCheckpoint checkpoint = train();
  export_model(checkpoint, {.dtype = DType::bf16}, out_);
  EXPECT_THAT(read_weight_file(out_).notes, testing::Contains(HasSubstr("BFloat16")));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { export_model(checkpoint, {.names = NameStyle::timm}, out_); }),
              HasSubstr("simple_cnn is no network of timm"));
  EXPECT_THAT(message_of(ExitCode::data, [&] { read_export_metadata({}, out_); }),
              HasSubstr("was not made by `lockstep export`"));
  EXPECT_THAT(message_of(ExitCode::data,
                         [&] {
                           read_export_metadata({{kExportedKey, "{\"version\": 1}"}}, out_);
                         }),
              HasSubstr("damaged metadata"));
}

}  // namespace
}  // namespace lockstep
