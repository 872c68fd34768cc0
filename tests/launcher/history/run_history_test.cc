#include "launcher/history/run_history.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

TEST(RunHistory, HasTheLinesOfEachKindAndPassesOverWhatIsNone) {
  const RunHistory history = history_of(
      "{\"kind\":\"step\",\"step\":5,\"epoch\":0.5,\"loss\":null}\n"
      "[]\n\n{}\ngarbage\n{\"kind\":\"step\",\"step\":\"x\",\"epoch\":1}\n"
      "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1,\"valid/f1\":0.5}\n"
      "{\"kind\":\"rollback\",\"step\":10,\"number\":1}\n"
      "{\"kind\":7,\"step\":11,\"epoch\":1}\n"
      "{\"kind\":\"step\",\"step\":15,\"ep");
  ASSERT_EQ(history.steps.size(), 1u);
  EXPECT_EQ(history.steps[0].at("step"), 5);
  ASSERT_EQ(history.epochs.size(), 1u);
  EXPECT_EQ(history.epochs[0].at("step"), 10);
  EXPECT_EQ(history.rollbacks.size(), 1u);
  EXPECT_TRUE(std::isnan(number_in(history.steps[0], "loss")));
  EXPECT_TRUE(history_of("").is_empty());
}

TEST(RunHistory, OfADirectoryWithoutMetricsIsEmptyAndOfNoDirectoryAnError) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(read_history(directory.path()).is_empty());
  write_file(directory / "metrics.jsonl", "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1}\n");
  EXPECT_EQ(read_history(directory.path()).epochs.size(), 1u);
  EXPECT_THAT(message_of(ExitCode::usage, [&] { read_history(directory / "gone"); }),
              HasSubstr("is not a directory"));
}

TEST(MainMetric, IsThatOfTheTask) {
  const auto metric = [](const std::string& keys) {
    return main_metric(history_of("{\"kind\":\"epoch\",\"step\":1,\"epoch\":1," + keys + "}"));
  };
  EXPECT_EQ(metric(R"("train/loss":1,"valid/top5_accuracy":1,"valid/accuracy":1)"), "accuracy");
  EXPECT_EQ(metric(R"("valid/count":9,"valid/exact_match":1,"train/f1":1)"), "f1");
  EXPECT_EQ(metric(R"("valid/r2":1,"valid/mae":1)"), "mae");
  EXPECT_EQ(metric(R"("valid/new":1,"valid/loss":1)"), "new");
  EXPECT_EQ(metric(R"("train/loss":1)"), "");
}

}  // namespace
}  // namespace lockstep
