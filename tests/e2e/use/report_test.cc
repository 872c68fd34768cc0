// The page about runs, made of what runs leave behind.

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Report : public JobTest {
 protected:
  static std::string dir(const std::string& run) { return job_->run_dir(run).string(); }
  static std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
  }
};

TEST_F(Report, TellsOfSeedsRestartsAndAnEvaluation) {
  const auto train = [](const std::string& run, const std::vector<std::string>& more) {
    const ProgramResult result = lockstep_program(job_->train(run, 1, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
  };
  train("one", {"train.epochs=2", "train.max_steps=40", "run.seed=1"});
  train("one", {"train.epochs=2", "run.seed=1"});
  train("two", {"train.epochs=2", "run.seed=2"});
  const ProgramResult evaluation = lockstep_program({"eval", dir("one"), "--json"});
  ASSERT_EQ(evaluation.exit_code, 0) << evaluation.err;
  const fs::path file = job_->run_dir("one").parent_path() / "eval.json";
  std::ofstream(file) << evaluation.out;
  const fs::path out = job_->run_dir("one").parent_path() / "page.html";
  const ProgramResult result = lockstep_program(
      {"report", dir("two"), dir("one"), "--eval", file.string(), "--out", out.string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const nlohmann::json json = nlohmann::json::parse(evaluation.out);
  EXPECT_THAT(text_of(out),
              AllOf(HasSubstr("2 runs of one configuration"),
                    HasSubstr(dir("one") + " continued from step 40"), HasSubstr("class=\"band\""),
                    HasSubstr("<h3>" + dir("one") + ": split "),
                    HasSubstr(json.at("state_digest").get<std::string>()),
                    HasSubstr(json.at("pack_fingerprint").get<std::string>())));
}

TEST_F(Report, TakesOneFileAfterAnOption) {
  const ProgramResult help = lockstep_program({"report", "--help"});
  EXPECT_THAT(help.out, AllOf(HasSubstr("--eval FILE.json"), HasSubstr("--pictures FILE.html"),
                              testing::Not(HasSubstr("FILE.json ...")),
                              testing::Not(HasSubstr("FILE.html ..."))));
}

TEST_F(Report, RefusesWhatIsNoRunAndWhatItWouldDestroy) {
  const fs::path folder = job_->run_dir("none").parent_path();
  fs::create_directories(folder / "empty");
  const std::string page = (folder / "refused.html").string();
  expect(2, "is not a directory", {"report", (folder / "gone").string(), "--out", page});
  expect(2, "is not a run directory", {"report", (folder / "empty").string(), "--out", page});
  expect(2, "is a directory", {"report", dir("x"), "--out", folder.string()});
  std::ofstream(folder / "bad.json") << "{\"split\":1}";
  expect(3, "bad.json",
         {"report", dir("x"), "--out", page, "--eval", (folder / "bad.json").string()});
  EXPECT_FALSE(fs::exists(page));
}

}  // namespace
}  // namespace lockstep
