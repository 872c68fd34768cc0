#include "launcher/report/prediction_table.h"

#include <cmath>

#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

TaskSpec spec_of(TaskKind kind, std::vector<std::string> names) {
  return {.kind = kind, .names = std::move(names), .target_mean = {}, .target_std = {}};
}

TEST(PredictionTable, OfClassesHasTheMostLikelyAndAllWhereAsked) {
  const TaskSpec spec = spec_of(TaskKind::classification, {"cat", "a \"dog\", wet"});
  const std::vector<float> answers{0.25f, 0.75f};
  const PredictionTable plain(spec, false);
  EXPECT_EQ(plain.header(), "id,label,probability,error\r\n");
  EXPECT_EQ(plain.row("a,b.png", answers, ""), "\"a,b.png\",\"a \"\"dog\"\", wet\",0.75,\r\n");
  const PredictionTable all(spec, true);
  EXPECT_EQ(all.header(), "id,label,probability,error,cat,\"a \"\"dog\"\", wet\"\r\n");
  EXPECT_EQ(all.row("x", std::vector<float>{0.5f, 0.5f}, ""), "x,cat,0.5,,0.5,0.5\r\n");
}

TEST(PredictionTable, OfOtherTasks) {
  const PredictionTable flags(spec_of(TaskKind::multi_label, {"a", "b", "c"}), true);
  EXPECT_EQ(flags.header(), "id,labels,error,a,b,c\r\n");
  EXPECT_EQ(flags.row("x", std::vector<float>{0.5f, 0.25f, 1}, ""), "x,a|c,,0.5,0.25,1\r\n");
  const PredictionTable numbers(spec_of(TaskKind::regression, {"age"}), false);
  EXPECT_EQ(numbers.header(), "id,age,error\r\n");
  EXPECT_EQ(numbers.row("x", std::vector<float>{0.1f}, ""), "x,0.1,\r\n");
  EXPECT_NE(message_of(ExitCode::usage,
                       [] { PredictionTable(spec_of(TaskKind::regression, {"age"}), true); }),
            "");
}

TEST(PredictionTable, AnErrorLeavesTheAnswersEmpty) {
  const PredictionTable all(spec_of(TaskKind::classification, {"a", "b"}), true);
  EXPECT_EQ(all.row("x", std::vector<float>{0.5f, 0.5f}, "missing file"), "x,,,missing file,,\r\n");
  EXPECT_EQ(all.row("x", std::vector<float>{NAN, NAN}, ""),
            "x,,,the network's output is not finite,,\r\n");
}

}  // namespace
}  // namespace lockstep
