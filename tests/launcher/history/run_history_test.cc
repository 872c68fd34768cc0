#include "launcher/history/run_history.h"

#include <cmath>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/storage/new_file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

TEST(RunHistory, HasTheLinesOfEachKindAndCountsWhatIsNone) {
  const RunHistory history = history_of(
      "{\"kind\":\"step\",\"step\":5,\"epoch\":0.5,\"loss\":null}\n"
      "[]\n\n{}\ngarbage\n{\"kind\":\"step\",\"step\":\"x\",\"epoch\":1}\n"
      "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1,\"valid/f1\":0.5}\n"
      "{\"kind\":\"rollback\",\"step\":10,\"number\":1}\n"
      "{\"kind\":7,\"step\":11,\"epoch\":1}\n"
      "{\"kind\":\"epoch\",\"step\":12,\"epoch\":1,\"lr\":1,\"lr\":null}\n"
      "{\"kind\":\"of a later version\"}\n"
      "{\"kind\":\"step\",\"step\":15,\"ep");
  ASSERT_EQ(history.steps.size(), 1u);
  EXPECT_EQ(history.steps.number(0, "step"), 5);
  ASSERT_EQ(history.epochs.size(), 1u);
  EXPECT_EQ(history.epochs.number(0, "step"), 10);
  EXPECT_EQ(history.rollbacks.size(), 1u);
  EXPECT_TRUE(std::isnan(history.steps.number(0, "loss")));
  EXPECT_TRUE(history.steps.cell(0, "loss").has_value());
  EXPECT_EQ(history.unreadable.count, 7u);
  EXPECT_EQ(history.unreadable.first, 2u);
  EXPECT_EQ(
      text_of(history.unreadable),
      "7 lines of metrics.jsonl cannot be read; the first is line 2: it is [], not an object");
  EXPECT_TRUE(history_of("").is_empty());
}

TEST(RunHistory, TellsWhyALineCannotBeRead) {
  const auto why = [](const std::string& line) { return history_of(line + "\n").unreadable.why; };
  EXPECT_EQ(why(R"({"kind":"step","step":-1,"epoch":1})"),
            "'step' is -1, not a number from 0 to 1e+15");
  EXPECT_EQ(why(R"({"kind":"epoch","step":1})"), "'epoch' is missing");
  EXPECT_EQ(why(R"({"kind":"epoch","step":1,"step":1})"), "it has the key 'step' twice");
  EXPECT_THAT(why("garbage"), HasSubstr("it is not JSON"));
  EXPECT_THAT(why(std::string(5 << 20, ' ')), HasSubstr("it has more than 4194304 bytes"));
  EXPECT_EQ(history_of("garbage").unreadable.count, 0u) << "a run is writing it";
}

TEST(RunHistory, OfADirectoryWithoutMetricsIsEmptyAndOfNoDirectoryAnError) {
  const TemporaryDirectory directory;
  EXPECT_TRUE(read_history(directory.path()).is_empty());
  write_file(directory / "metrics.jsonl", "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1}\n");
  EXPECT_EQ(read_history(directory.path()).epochs.size(), 1u);
  EXPECT_THAT(message_of(ExitCode::usage, [&] { read_history(directory / "gone"); }),
              HasSubstr("is not a directory"));
}

TEST(RunHistory, OfAFileIsThatOfItsText) {
  std::string text;
  for (int i = 1; i <= 20'000; ++i) {  // more than is read at once
    text += fmt::format(R"({{"kind":"step","step":{},"epoch":{},"loss":0.125,"note":"{:40}"}})", i,
                        i / 100.0, "") +
            (i == 7000 ? "x\n" : "\n");
  }
  ASSERT_GT(text.size(), 1u << 21);
  const TemporaryDirectory directory;
  write_file(directory / "metrics.jsonl", text);
  const RunHistory history = read_history(directory.path());
  EXPECT_EQ(history.steps.size(), 19'999u);
  EXPECT_EQ(history.steps.same_lines(history_of(text).steps), 19'999u);
  EXPECT_EQ(history.unreadable.first, 7000u);
}

TEST(RunHistory, OfWhatIsNoPlainFileIsAnErrorAtOnce) {
  const TemporaryDirectory directory;
  const auto metrics = directory / "metrics.jsonl";
  std::filesystem::create_directory(metrics);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { read_history(directory.path()); }),
              HasSubstr("metrics.jsonl' is not a plain file"));
  std::filesystem::remove(metrics);
  ASSERT_EQ(::mkfifo(metrics.c_str(), 0600), 0);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { read_history(directory.path()); }),
              HasSubstr("metrics.jsonl' is not a plain file"));
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
