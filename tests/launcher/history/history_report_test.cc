#include "launcher/history/history_report.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "launcher/history/history_json.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr TextStyle kAscii = {.columns = 80};

const std::string kLines =
    R"({"kind":"step","step":5,"epoch":0.5,"loss":2.5,"accuracy":0.1,"lr":0.1,"images_per_second":812.4}
{"kind":"epoch","step":10,"epoch":1,"train/loss":2.25,"train/accuracy":0.25,"valid/loss":1.5,"valid/accuracy":0.5,"valid/count":9,"valid/top5_accuracy":0.75,"lr":0.1,"images_per_second":800.0,"seconds":3.25}
{"kind":"step","step":15,"epoch":1.5,"loss":1.5,"accuracy":0.5,"lr":0.05,"images_per_second":812.4}
{"kind":"rollback","step":15,"number":1,"reason":"the loss is \u001b nan"}
{"kind":"epoch","step":20,"epoch":2,"train/loss":1.25,"train/accuracy":0.5,"valid/loss":null,"valid/accuracy":0.625,"lr":0.00005,"images_per_second":12345.6}
)";

RunHistory history() { return history_of(kLines); }

std::string printed(const std::function<void(const TextSink&)>& work) {
  std::string text;
  work([&](std::string_view part) { text += part; });
  return text;
}

std::string text_of(const HistoryView& view = {}, const TextStyle& style = kAscii) {
  return printed([&](const TextSink& print) {
    print_history({"r", history()}, view, style, print);
  });
}

TEST(HistoryTable, HasARowForEachEpochAndTheColumnsThatFit) {
  const std::string text = text_of();
  EXPECT_EQ(text.substr(0, text.find("\n\n") + 1),
            " epoch    step  train/loss  valid/loss  valid/accuracy  train/accuracy      lr\n"
            "     1      10      2.2500      1.5000         50.00 %         25.00 %     0.1\n"
            "     2      20      1.2500         nan         62.50 %         50.00 %   5e-05\n"
            "--columns shows more: images_per_second, valid/top5_accuracy, seconds, valid/count\n"
            "rollback 1 to step 15: the loss is \\u001b nan\n");
}

TEST(HistoryTable, TellsATopFiveThatIsAlwaysAllOnlyIfAsked) {
  RunHistory few;
  few.epochs.add({{"epoch", 1}, {"valid/top5_accuracy", 1.0}});
  const TextStyle wide{.columns = 200};
  EXPECT_THAT(table_of(few, {}, wide).head(), Not(HasSubstr("top5")));
  EXPECT_THAT(table_of(few, {.columns = {"valid/top5_accuracy"}}, wide).head(), HasSubstr("top5"));
  EXPECT_THAT(table_of(history(), {}, wide).head(), HasSubstr("top5"));
}

TEST(HistoryTable, IsNeverWiderThanTheTerminal) {
  for (int columns : {1, 20, 40, 79, 80, 100, 200}) {
    const HistoryTable table = table_of(history(), {}, {.columns = columns});
    EXPECT_LE(table.head().size(), static_cast<std::size_t>(columns) + 1) << columns;
  }
}

TEST(HistoryTable, ShowsStepsAndTheLastRowsAndWhatIsAskedFor) {
  const RunHistory all = history();
  const HistoryView steps{.lines = HistoryLines::steps, .columns = {"lr", "step"}, .last = 1};
  const HistoryTable table = table_of(all, steps, {.columns = 1});
  EXPECT_EQ(table.head(), "    lr    step\n");
  EXPECT_EQ(first_line(all.steps, steps), 1u);
  EXPECT_EQ(table.row(all.steps, 1), "  0.05      15\n");
  EXPECT_THAT(text_of(steps), testing::StartsWith("    lr    step\n  0.05      15\nrollback"));
  EXPECT_THAT(
      message_of(ExitCode::usage, [] { text_of({.columns = {"valid/lss"}}); }),
      AllOf(HasSubstr("no 'valid/lss'; did you mean 'valid/loss'?"), HasSubstr("valid/accuracy")));
}

TEST(HistoryCharts, AreOfTheLossAndOfTheMetric) {
  EXPECT_THAT(text_of(), AllOf(HasSubstr(".. train/loss   o valid/loss\n       2.5 |"),
                               HasSubstr(".. train/accuracy   o valid/accuracy\n   62.50 % |"),
                               HasSubstr("epoch 0.5")));
  EXPECT_THAT(text_of({.metric = "top5_accuracy"}),
              AllOf(HasSubstr("o valid/top5_accuracy"), Not(HasSubstr("o valid/accuracy"))));
}

TEST(HistoryCharts, OfAMetricThatIsNotThereAreAnError) {
  EXPECT_EQ(message_of(ExitCode::usage, [] { text_of({.metric = "top5_acuracy"}); }),
            "--metric: there is no 'top5_acuracy'; did you mean 'top5_accuracy'?; there are "
            "accuracy, count, images_per_second, loss, lr, top5_accuracy");
  EXPECT_THAT(text_of({.metric = "lr"}), HasSubstr(".. train/lr"));
  const std::vector<NamedHistory> two = {{"a", history()}, {"b", history()}};
  const auto print_nothing = [](std::string_view) { ADD_FAILURE() << "before the error"; };
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { print_histories(two, {.metric = "lr"}, kAscii, print_nothing); }),
              HasSubstr("there are accuracy, count, loss, top5_accuracy"));
}

TEST(Histories, StandSideBySide) {
  const RunHistory other = history_of(
      R"({"kind":"epoch","step":20,"epoch":2,"valid/loss":null,"valid/accuracy":0.625}
)");
  const std::string text = printed([&](const TextSink& print) {
    print_histories({{"runs/x", history()}, {"runs/y\n", other}}, {}, kAscii, print);
  });
  EXPECT_EQ(text.substr(0, text.find("|")),
            "a  runs/x\n"
            "b  runs/y\\n\n"
            "\n"
            " epoch  a:valid/loss  b:valid/loss  a:valid/accuracy  b:valid/accuracy\n"
            "     1        1.5000                         50.00 %\n"
            "     2           nan           nan           62.50 %           62.50 %\n"
            "\n"
            "            a runs/x valid/loss\n"
            "       1.5 ");
}

TEST(HistoryJson, HasEveryLineAsItIs) {
  const TemporaryDirectory directory;
  write_file(directory / "metrics.jsonl", kLines + "x\n");
  const std::string text = printed([&](const TextSink& print) {
    print_json({directory.path(), directory.path()}, print);
  });
  const nlohmann::json json = nlohmann::json::parse(text);
  ASSERT_EQ(json.at("runs").size(), 2u);
  const nlohmann::json& run = json.at("runs").at(1);
  EXPECT_EQ(run.at("run"), directory.path().string());
  EXPECT_EQ(run.at("epochs").size(), 2u);
  EXPECT_EQ(run.at("epochs").at(1).dump(),
            R"({"epoch":2,"images_per_second":12345.6,"kind":"epoch","lr":5e-05,"step":20,)"
            R"("train/accuracy":0.5,"train/loss":1.25,"valid/accuracy":0.625,"valid/loss":null})");
  EXPECT_EQ(run.at("steps").size(), 2u);
  EXPECT_EQ(run.at("rollbacks").at(0).at("reason"), "the loss is \x1b nan");
  EXPECT_EQ(run.at("unreadable").at("count"), 1);
  EXPECT_EQ(run.at("unreadable").at("first_line"), 6);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(KnownColumns, BeginWithThoseThatPeopleLookAt) {
  const RunHistory all = history();
  EXPECT_THAT(
      known_columns(all.epochs, "accuracy"),
      ElementsAre("epoch", "step", "train/loss", "valid/loss", "valid/accuracy", "train/accuracy",
                  "lr", "images_per_second", "valid/top5_accuracy", "seconds", "valid/count"));
}

}  // namespace
}  // namespace lockstep
