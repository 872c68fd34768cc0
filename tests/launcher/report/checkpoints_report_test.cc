#include "launcher/report/checkpoints_report.h"

#include <filesystem>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "checkpoint/format.h"
#include "checkpoint/store.h"
#include "core/error.h"
#include "tests/checkpoint/example_snapshot.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class CheckpointsReportTest : public ::testing::Test {
 protected:
  /// Checkpoints 10, 20 (the best) and 30, and one that was set aside.
  CheckpointsReportTest() {
    const auto communicator = make_single_communicator();
    spdlog::logger log("test");
    CheckpointStore store(path_of(0).parent_path(), *communicator, log, {.keep = 0});
    for (const std::int64_t step : {10, 20, 30, 40}) {
      ExampleSnapshot example(step);
      if (step >= 20) example->best = BestCheckpoint{"valid/accuracy", 0.5, 20};
      const std::string digest = store.commit(example).state_digest;
      if (step == 30) digest_of_30_ = digest;
    }
    store.supersede_others(path_of(30), 30);
  }
  fs::path path_of(std::int64_t step) const {
    return directory_.path() / kCheckpointsDirectory / checkpoint_directory_name(step);
  }

  TemporaryDirectory directory_;
  std::string digest_of_30_;
};

TEST_F(CheckpointsReportTest, JsonHasEachWithItsDigest) {
  const nlohmann::json json = to_json(report_checkpoints(directory_.path()));
  const nlohmann::json& list = json["checkpoints"];
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0]["step"], 10);
  EXPECT_EQ(list[2]["step"], 30);
  EXPECT_EQ(list[2]["valid"], true);
  EXPECT_EQ(list[2]["state_digest"], digest_of_30_);
  EXPECT_EQ(list[2]["metrics"]["valid/accuracy"], 0.5);
  EXPECT_EQ(list[1]["best"], true);
  EXPECT_EQ(list[2]["best"], false);
  std::uint64_t bytes = 0;
  for (const auto& file : fs::directory_iterator(path_of(30))) bytes += file.file_size();
  EXPECT_EQ(list[2]["bytes"], bytes);
  EXPECT_EQ(json["set_aside"], nlohmann::json::array({"step_00000040.superseded"}));
}

TEST_F(CheckpointsReportTest, ADamagedOneIsReportedAndTheOthersStillListed) {
  fs::resize_file(path_of(30) / kModelFile, 100);
  const CheckpointsReport report = report_checkpoints(directory_.path());
  const nlohmann::json list = to_json(report)["checkpoints"];
  EXPECT_EQ(list[2]["valid"], false);
  EXPECT_THAT(list[2]["problem"].get<std::string>(), HasSubstr("model.safetensors' has 100 bytes"));
  EXPECT_FALSE(list[2].contains("state_digest"));
  EXPECT_EQ(list[1]["valid"], true);
  EXPECT_EQ(list[1]["best"], true);
  EXPECT_THAT(to_text(report), AllOf(HasSubstr("model.safetensors"), HasSubstr("(best)"),
                                     HasSubstr("set aside: step_00000040.superseded")));
  EXPECT_TRUE(fs::exists(path_of(30))) << "nothing is renamed";
}

TEST_F(CheckpointsReportTest, WantsARunDirectory) {
  EXPECT_THROW(report_checkpoints(path_of(10)), Error);
  EXPECT_THROW(report_checkpoints(directory_ / "nowhere"), Error);
}

}  // namespace
}  // namespace lockstep
