#include "launcher/answers/prediction_table.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

TaskSpec spec_of(TaskKind kind, std::vector<std::string> names) {
  return {.kind = kind, .names = std::move(names), .target_mean = {}, .target_std = {}};
}

TaskSpec classes(std::vector<std::string> names) {
  return spec_of(TaskKind::classification, std::move(names));
}

TableForm with_probabilities() {
  TableForm form;
  form.probabilities = true;
  return form;
}

TableForm with_columns(std::vector<std::string> columns) {
  TableForm form;
  form.columns = std::move(columns);
  return form;
}

TableForm with_top(int top, std::string separator = "|") {
  TableForm form;
  form.top = top;
  form.separator = std::move(separator);
  return form;
}

PredictionTable csv(const TaskSpec& spec, const TableForm& form = {}) {
  return {spec, form, TableFormat::csv};
}

TEST(PredictionTable, OfClassesHasTheMostLikelyAndAllWhereAsked) {
  const TaskSpec spec = classes({"cat", "a \"dog\", wet"});
  const std::vector<float> answers{0.25f, 0.75f};
  const PredictionTable plain = csv(spec);
  EXPECT_EQ(plain.header(), "id,label,probability,error\r\n");
  EXPECT_EQ(plain.row("a,b.png", answers, ""), "\"a,b.png\",\"a \"\"dog\"\", wet\",0.75,\r\n");
  const PredictionTable all = csv(spec, with_probabilities());
  EXPECT_EQ(all.header(), "id,label,probability,error,cat,\"a \"\"dog\"\", wet\"\r\n");
  EXPECT_EQ(all.row("x", std::vector<float>{0.5f, 0.5f}, ""), "x,cat,0.5,,0.5,0.5\r\n");
}

TEST(PredictionTable, OfOtherTasks) {
  const PredictionTable flags =
      csv(spec_of(TaskKind::multi_label, {"a", "b", "c"}), with_probabilities());
  EXPECT_EQ(flags.header(), "id,labels,error,a,b,c\r\n");
  EXPECT_EQ(flags.row("x", std::vector<float>{0.5f, 0.25f, 1}, ""), "x,a|c,,0.5,0.25,1\r\n");
  const TaskSpec age = spec_of(TaskKind::regression, {"age"});
  EXPECT_EQ(csv(age).header(), "id,age,error\r\n");
  EXPECT_EQ(csv(age).row("x", std::vector<float>{0.1f}, ""), "x,0.1,\r\n");
  EXPECT_THAT(message_of(ExitCode::usage, [&] { csv(age, with_probabilities()); }),
              HasSubstr("gives numbers"));
}

TEST(PredictionTable, AnErrorLeavesTheAnswersEmpty) {
  const PredictionTable all = csv(classes({"a", "b"}), with_probabilities());
  EXPECT_EQ(all.row("x", std::vector<float>{0.5f, 0.5f}, "missing file"), "x,,,missing file,,\r\n");
  EXPECT_EQ(all.row("x", std::vector<float>{NAN, NAN}, ""),
            "x,,,the network's output is not finite,,\r\n");
}

TEST(PredictionTable, ColumnsAreThoseThatAreAskedFor) {
  const TaskSpec spec = classes({"cat", "dog", "a=b"});
  const std::vector<float> answers{0.25f, 0.5f, 0.125f};
  const PredictionTable table = csv(spec, with_columns({"id", "predicted=label", "p=dog", "a=b"}));
  EXPECT_EQ(table.header(), "id,predicted,p,a=b\r\n");
  EXPECT_EQ(table.row("x", answers, ""), "x,dog,0.5,0.125\r\n");
  EXPECT_FALSE(table.tells_errors());
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           csv(spec, with_columns({"id", "cat", "cat"}));
                         }),
              HasSubstr("two columns are called 'cat'"));
  EXPECT_EQ(csv(spec, with_columns({"cat", "again=cat"})).header(), "cat,again\r\n");
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           csv(spec, with_columns({"id", "lable"}));
                         }),
              HasSubstr("did you mean 'label'"));
  EXPECT_THAT(
      message_of(ExitCode::usage,
                 [&] { csv(spec_of(TaskKind::regression, {"age"}), with_columns({"label"})); }),
      HasSubstr("'label' is nothing that the model tells"));
}

TEST(PredictionTable, SeveralLabelsAreTheMostLikelyFirst) {
  const std::vector<float> answers{0.25f, 0.5f, 0.25f};
  const PredictionTable two = csv(classes({"a", "b", "c"}), with_top(2));
  EXPECT_EQ(two.row("x", answers, ""), "x,b|a,0.5|0.25,\r\n");
  const PredictionTable flags =
      csv(spec_of(TaskKind::multi_label, {"a", "b", "c"}), with_top(1, " "));
  EXPECT_EQ(flags.row("x", answers, ""), "x,b,\r\n");
  EXPECT_THAT(message_of(ExitCode::usage, [] { csv(classes({"a"}), with_top(2)); }),
              HasSubstr("--top is 2"));
}

TEST(PredictionTable, JsonHasAnObjectARow) {
  const std::vector<float> answers{0.1f, 0.5f};
  const PredictionTable table(classes({"a", "\"b\""}), with_probabilities(), TableFormat::jsonl);
  EXPECT_EQ(table.header(), "");
  EXPECT_EQ(table.row("x", answers, ""),
            "{\"id\":\"x\",\"label\":\"\\\"b\\\"\",\"probability\":0.5,\"error\":null,"
            "\"probabilities\":{\"a\":0.1,\"\\\"b\\\"\":0.5}}\n");
  EXPECT_EQ(table.row("x", answers, "missing file"),
            "{\"id\":\"x\",\"label\":null,\"probability\":null,\"error\":\"missing file\","
            "\"probabilities\":{\"a\":null,\"\\\"b\\\"\":null}}\n");
  const PredictionTable flags(spec_of(TaskKind::multi_label, {"a", "b"}), {}, TableFormat::jsonl);
  EXPECT_EQ(flags.row("x", answers, ""), "{\"id\":\"x\",\"labels\":[\"b\"],\"error\":null}\n");
}

TEST(PredictionTable, LikeASampleHasItsColumnsInItsOrder) {
  const SampleSubmission sample{.header = "\"id\";b;a",
                                .line_end = "\n",
                                .separator = ';',
                                .columns = {"b", "a"},
                                .ids = {"x"},
                                .values = {{"0.5", "0.5"}}};
  const PredictionTable table(classes({"a", "b"}), {}, TableFormat::csv, &sample);
  EXPECT_EQ(table.header(), "\"id\";b;a\n");
  EXPECT_EQ(table.row("x", std::vector<float>{0.25f, 0.75f}, ""), "x;0.75;0.25\n");
  EXPECT_EQ(table.sample_row(0), "x;0.5;0.5\n");
  const SampleSubmission one{.header = "id,predicted", .line_end = "\n", .columns = {"predicted"}};
  EXPECT_EQ(PredictionTable(classes({"1", "2"}), {}, TableFormat::csv, &one)
                .row("7", std::vector<float>{0.25f, 0.75f}, ""),
            "7,2\n");
  EXPECT_EQ(PredictionTable(spec_of(TaskKind::regression, {"age"}), {}, TableFormat::csv, &one)
                .row("7", std::vector<float>{0.5f}, ""),
            "7,0.5\n");
  const auto refuse = [&](std::vector<std::string> names) {
    return message_of(ExitCode::usage, [&] {
      PredictionTable(classes(std::move(names)), {}, TableFormat::csv, &sample);
    });
  };
  EXPECT_THAT(refuse({"a", "c"}), HasSubstr("has the column 'b', which is none"));
  EXPECT_THAT(refuse({"a", "b", "c"}), HasSubstr("no column for the model's 'c'"));
}

}  // namespace
}  // namespace lockstep
