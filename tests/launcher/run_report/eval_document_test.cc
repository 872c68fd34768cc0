#include "launcher/run_report/eval_document.h"

#include <gmock/gmock.h>

#include "core/storage/new_file.h"
#include "tests/launcher/run_report/made_runs.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

nlohmann::json made_json() {
  return {{"checkpoint", "runs/a/checkpoints/step_00000010"},
          {"state_digest", "d1"},
          {"split", "valid"},
          {"evaluated", 7},
          {"precision", "fp32"},
          {"accuracy", 0.75},
          {"intervals", {{"accuracy", {0.7, 0.8}}}},
          {"classes",
           {{{"name", "<script>"}, {"support", 4.0}, {"precision", nullptr}, {"recall", 0.5}},
            {{"name", "b"}, {"support", 3.0}, {"precision", 0.6}, {"recall", 1.0}}}},
          {"confusion_matrix", {{2, 2}, {0, 3}}}};
}

std::string refusal(const nlohmann::json& json) {
  const TemporaryDirectory directory;
  write_file(directory / "eval.json", json.dump());
  return message_of(ExitCode::data, [&] { read_eval_document(directory / "eval.json"); });
}

TEST(EvalDocument, HasFiguresClassesAndConfusion) {
  const TemporaryDirectory directory;
  write_file(directory / "eval.json", made_json().dump());
  const EvalDocument document = read_eval_document(directory / "eval.json");
  EXPECT_EQ(document.split, "valid");
  EXPECT_EQ(document.digest, "d1");
  const std::string html = evaluation_html(document, "<b>", "evaluation0");
  EXPECT_THAT(html, AllOf(HasSubstr("75.00 %"), HasSubstr("70.00 %"), HasSubstr("60.00 %"),
                          HasSubstr("&lt;script&gt;"), HasSubstr("id=\"evaluation0\""),
                          HasSubstr("confusion matrix"), HasSubstr(">4</td>"),
                          Not(HasSubstr("<script")), Not(HasSubstr("<b>"))));
}

TEST(EvalDocument, TellsTheTopFiveOfMoreThanFiveClasses) {
  nlohmann::json json = made_json();
  json["top5_accuracy"] = 1.0;
  json.erase("confusion_matrix");
  const auto html = [&] {
    return evaluation_html(parse_eval_document(json.dump(), "eval.json"), "a", "evaluation0");
  };
  EXPECT_THAT(html(), Not(HasSubstr("top5")));
  for (const char* name : {"c", "d", "e"}) json["classes"].push_back({{"name", name}});
  EXPECT_THAT(html(), Not(HasSubstr("top5")));
  json["classes"].push_back({{"name", "f"}});
  EXPECT_THAT(html(), HasSubstr("top5"));
}

TEST(EvalDocument, TrustsNothing) {
  nlohmann::json json = made_json();
  json["confusion_matrix"] = {{2, 2}};
  EXPECT_THAT(refusal(json), AllOf(HasSubstr("eval.json"), HasSubstr("is not a list of 2 rows")));
  json["confusion_matrix"] = {{2, -2}, {0, 3}};
  EXPECT_THAT(refusal(json), HasSubstr("no whole number"));
  json = made_json();
  json["classes"] = 3;
  EXPECT_THAT(refusal(json), HasSubstr("'classes'"));
  json = made_json();
  json["classes"][0].erase("name");
  EXPECT_THAT(refusal(json), HasSubstr("name"));
  EXPECT_THAT(refusal({{"split", "valid"}}), HasSubstr("weights"));
  EXPECT_THAT(refusal(nlohmann::json::array()), HasSubstr("eval.json"));
}

TEST(EvalDocument, RefusesFiguresThatCannotBe) {
  const auto changed = [](const char* pointer, const nlohmann::json& value) {
    nlohmann::json json = made_json();
    json[nlohmann::json::json_pointer(pointer)] = value;
    return refusal(json);
  };
  EXPECT_THAT(changed("/accuracy", 17), HasSubstr("'accuracy' is 17, not a number from 0 to 1"));
  EXPECT_THAT(changed("/accuracy", "0.5"), HasSubstr("'accuracy' is \"0.5\", not a number"));
  EXPECT_THAT(changed("/loss", -1), HasSubstr("'loss' is -1, not a number of at least 0"));
  EXPECT_THAT(changed("/evaluated", -7), HasSubstr("'evaluated' is -7, not a whole number"));
  EXPECT_THAT(changed("/precision", -1), HasSubstr("'precision' is -1, not a text"));
  EXPECT_THAT(changed("/confused", 7), HasSubstr("'confused'"));
  EXPECT_THAT(changed("/calibration", 7), HasSubstr("'calibration'"));
  EXPECT_THAT(changed("/calibration", {{"temperature", "<b>"}}),
              HasSubstr("'calibration.temperature' is \"<b>\", not"));
  EXPECT_THAT(changed("/evaluated", 1.5), HasSubstr("'evaluated' is 1.5, not a whole number"));
  EXPECT_THAT(changed("/classes/1/support", -3),
              HasSubstr("'classes[1].support' is -3, not a whole number"));
  EXPECT_THAT(changed("/classes/0/recall", 1.5), HasSubstr("'classes[0].recall' is 1.5"));
  EXPECT_THAT(changed("/intervals", 3), HasSubstr("'intervals' is 3, not an object"));
  EXPECT_THAT(changed("/intervals/accuracy", {0.5}), HasSubstr("'intervals.accuracy' is not a"));
  EXPECT_THAT(changed("/intervals/accuracy", {0.5, 2}), HasSubstr("'intervals.accuracy' is 2"));
  EXPECT_THAT(changed("/intervals/accuracy", {0.5, 0.4}), HasSubstr("ends below its begin"));
}

TEST(EvalDocument, OfAFileThatIsNoJsonSaysSoInOurWords) {
  const auto message = [](const std::string& text) {
    return message_of(ExitCode::data, [&] { parse_eval_document(text, "eval.json"); });
  };
  EXPECT_EQ(
      message(""),
      "'eval.json' is not what lockstep eval --json prints: it is not JSON: it is empty; make "
      "it with lockstep eval RUN --json > FILE.json");
  EXPECT_THAT(message("<html>"),
              AllOf(HasSubstr("it is not JSON: line 1, column 1"), Not(HasSubstr("exception"))));
}

TEST(EvalDocument, BelongsToTheRunOfItsDigestElseOfItsPlaceAndOfWeightsInOrder) {
  std::vector<ReportedRun> runs = {made_run("runs/a", "0.1", "1"), made_run("runs/b", "0.1", "2"),
                                   made_run("runs/c", "0.1", "3")};
  runs[2].digests = {"d1"};
  const EvalDocument by_digest{.model = "elsewhere", .digest = "d1"};
  const EvalDocument by_place{.model = "runs/b/checkpoints/step_1", .digest = "d2"};
  const EvalDocument other{.model = "runs/bb/checkpoints/step_1", .digest = "d3"};
  const EvalDocument weights{.model = "w.safetensors"};
  EXPECT_THAT(runs_of({weights, by_place, by_digest, other, weights}, runs),
              ElementsAre(Optional(0), Optional(1), Optional(2), std::nullopt, std::nullopt));
}

}  // namespace
}  // namespace lockstep
