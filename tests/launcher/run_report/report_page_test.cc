#include "launcher/run_report/report_page.h"

#include <gmock/gmock.h>

#include "core/storage/new_file.h"
#include "launcher/page/page.h"
#include "tests/launcher/run_report/made_runs.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const PageOrigin kOrigin{.version = "0.1.0", .time = "2026-01-02 03:04"};

TEST(ReportPage, EscapesAllThatComesFromFiles) {
  const std::string bad = "<script>alert(1)</script>\"'&";
  ReportedRun run = made_run(bad, bad, bad);
  run.config = bad;
  run.failure = bad;
  run.config_problem = bad;
  run.model = {.path = bad, .kind = "checkpoint", .step = 1, .digest = bad};
  run.environment = {{bad, bad}};
  run.history = history_of(
      "{\"kind\":\"epoch\",\"step\":1,\"epoch\":1,\"valid/<script>\":1,\"train/<script>\":1}\n"
      "{\"kind\":\"rollback\",\"step\":1,\"number\":1,\"reason\":\"<script>\"}\n");
  const std::string html = report_html({run, made_run("b", "0.1", "1", {0.5})}, {}, {}, kOrigin);
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = html.find("<script", at)) != std::string::npos; ++at) ++scripts;
  EXPECT_EQ(scripts, 1u) << "the page's own";
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST(ReportPage, OfARunThatHasNotBegunSaysSo) {
  const std::string html = report_html({made_run("new", "0.1", "1")}, {}, {}, kOrigin);
  EXPECT_THAT(html, AllOf(HasSubstr("no metrics yet"), HasSubstr("<h1>new</h1>"),
                          Not(HasSubstr("<h2>Curves")), Not(HasSubstr("What to try next"))));
}

TEST(ReportPage, TellsOfLinesThatCannotBeRead) {
  ReportedRun run = made_run("a", "0.1", "1");
  run.history = history_of("<b>\n<b>\n");
  EXPECT_THAT(report_html({run}, {}, {}, kOrigin),
              AllOf(HasSubstr("2 lines of metrics.jsonl cannot be read; the first is line 1: it is "
                              "not JSON: line 1, column 1"),
                    Not(HasSubstr("no metrics yet")), Not(HasSubstr("<b>"))));
}

TEST(ReportPage, HasTheVerdictOfEachConfiguration) {
  ReportedRun run = made_run("a", "0.1", "1", {0.3});
  run.goal = 0.52;
  const EvalDocument test{.split = "test", .json = {{"accuracy", 0.25}}};
  const std::string html = report_html({run}, {test}, {}, kOrigin);
  EXPECT_THAT(html, AllOf(HasSubstr("<strong>a</strong>: overfit"), HasSubstr("52.00 %"),
                          HasSubstr("25.00 %</td>")));
}

TEST(ReportPage, HasWhatTheCurvesSayAndHowCertainAGapIs) {
  const auto line = [](int epoch, double train, double valid) {
    return fmt::format(
        R"({{"kind":"epoch","step":{0},"epoch":{0},"train/loss":{1},"valid/loss":{2},)"
        R"("train/accuracy":0.9,"valid/accuracy":0.88,"valid/count":100}})"
        "\n",
        epoch, train, valid);
  };
  ReportedRun run = made_run("a", "0.1", "1");
  std::string lines;
  for (int i = 1; i <= 6; ++i) lines += line(i, 1.0 / i, 0.5 + 0.1 * i);
  run.history = history_of(lines);
  EXPECT_THAT(
      report_html({run}, {}, {}, kOrigin),
      AllOf(HasSubstr("overfitting by its curves"),
            HasSubstr("the largest, 2.00 points, is within its uncertainty of ± 6.37 points")));
  lines.clear();
  for (int i = 1; i <= 6; ++i) lines += line(i, 1.0 / i, 1.2 / i);
  run.history = history_of(lines);
  EXPECT_THAT(report_html({run}, {}, {}, kOrigin), HasSubstr("both losses still fall at the end"));
}

TEST(ReportPage, KeepsPagesOfPicturesInFrames) {
  const std::string html =
      report_html({made_run("a", "0.1", "1")}, {},
                  {{.file = "<b>", .html = "<!doctype html>\n<p class=\"x\">"}}, kOrigin);
  EXPECT_THAT(html, HasSubstr("<iframe sandbox=\"allow-scripts\" title=\"&lt;b&gt;\" srcdoc=\"&lt;"
                              "!doctype html&gt;\n&lt;p class=&quot;x&quot;&gt;\"></iframe>"));
  const TemporaryDirectory directory;
  for (const std::string& other :
       {std::string("GIF89a"), std::string("<!doctype html>\n<title>x</title>"), html,
        page("x", R"(<meta name="generator" content="lockstep eval --pictures">)", "x")}) {
    write_file(directory / "page.html", other);
    EXPECT_THAT(message_of(ExitCode::data, [&] { read_picture_page(directory / "page.html"); }),
                HasSubstr("is not a page that lockstep eval --pictures has written"));
  }
  write_file(directory / "page.html", page("x", "", kPicturesMaker));
  EXPECT_EQ(read_picture_page(directory / "page.html").html, page("x", "", kPicturesMaker));
}

TEST(ReportPage, MarksWhatDiffersFromMost) {
  const std::vector<ReportedRun> runs = {made_run("a", "0.1", "1", {0.5}),
                                         made_run("b", "0.2", "1", {0.6}),
                                         made_run("c", "0.1", "1", {0.7})};
  std::vector<ReportedRun> all = runs;
  all[2].settings[0].second = "resnet18";
  const std::string html = report_html(all, {}, {}, kOrigin);
  EXPECT_THAT(html, AllOf(HasSubstr("<td class=\"mark\">resnet18</td>"),
                          HasSubstr("class=\"number mark\" data-value=\"0.2\""),
                          Not(HasSubstr("class=\"number mark\" data-value=\"0.1\""))));
  EXPECT_LT(html.find("<td>c</td>"), html.find("<td>b</td>")) << "the best first";
}

TEST(ReportPage, MarksNothingWhereThereIsNoMost) {
  const auto html = [](const std::vector<const char*>& rates) {
    std::vector<ReportedRun> runs;
    for (const char* rate : rates) runs.push_back(made_run(rate, rate, "1", {0.5}));
    for (std::size_t i = 0; i < runs.size(); ++i) {
      runs[i].settings.emplace_back("train.batch", std::to_string(i));  // a configuration each
    }
    return report_html(runs, {}, {}, kOrigin);
  };
  EXPECT_THAT(html({"0.1", "0.2"}), Not(HasSubstr("mark\"")));
  EXPECT_THAT(html({"0.1", "0.1", "0.2", "0.2"}), Not(HasSubstr("mark\"")));
  EXPECT_THAT(html({"0.1", "0.1", "0.2", "0.3"}), Not(HasSubstr("mark\"")));
  EXPECT_THAT(html({"0.1", "0.1", "0.2"}), HasSubstr("class=\"number mark\" data-value=\"0.2\""));
}

TEST(ReadReportedRuns, ReadsWhatARunHas) {
  const TemporaryDirectory directory;
  const auto run = directory / "run";
  std::filesystem::create_directories(run / "logs");
  write_file(run / "config.yaml", "run: {seed: 7}\ndata: {pack: p}\nmodel: {name: simple_cnn}\n");
  write_file(run / "metrics.jsonl", "{\"kind\":\"epoch\",\"step\":10,\"epoch\":1}\n{\"half");
  write_file(run / "logs/rank_000.log", "x I continuing from a (step 4)\n");
  const std::vector<ReportedRun> runs = read_reported_runs({run, directory / "run/../run"}, {});
  ASSERT_EQ(runs.size(), 1u) << "given twice";
  EXPECT_EQ(runs[0].seed, "7");
  EXPECT_EQ(runs[0].history.epochs.size(), 1u);
  EXPECT_THAT(runs[0].restarts, testing::ElementsAre(4));
  EXPECT_TRUE(runs[0].model.path.empty());
  EXPECT_THAT(runs[0].settings, testing::Contains(testing::Pair("data.pack", "p")));
  EXPECT_THAT(runs[0].settings, Not(testing::Contains(testing::Key("run.seed"))));
}

TEST(ReadReportedRuns, TellsOfAConfigThatCannotBeRead) {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory / "run");
  write_file(directory / "run/config.yaml", "model: {name: perceptron9}\n");
  const std::vector<ReportedRun> runs = read_reported_runs({directory / "run"}, {});
  EXPECT_THAT(runs[0].config_problem, HasSubstr("perceptron9"));
  EXPECT_THAT(message_of(ExitCode::usage, [&] { read_reported_runs({directory / "gone"}, {}); }),
              HasSubstr("is not a directory"));
}

TEST(ReadReportedRuns, AnArrayStandsForItsRuns) {
  const TemporaryDirectory directory;
  const auto array = directory / "sweep";
  std::filesystem::create_directories(array / "slurm");
  std::filesystem::create_directories(array / "1");
  write_file(array / "1/config.yaml", "data: {pack: p}\nmodel: {name: simple_cnn}\n");
  write_file(
      array / "slurm/jobs.jsonl",
      nlohmann::json({{"job", "12"}, {"array", "1-2"}, {"runs", (array / "%a").string()}}).dump() +
          "\n");
  const std::vector<ReportedRun> runs = read_reported_runs({array}, {});
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].name, (array / "1").string());
  EXPECT_EQ(runs[1].name, (array / "2").string()) << "not begun";
}

}  // namespace
}  // namespace lockstep
