#include "launcher/cluster/sbatch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An sbatch that does `work`.
class Sbatch : public testing::Test {
 protected:
  void stand_in(const std::string& work) {
    replace_file(directory_ / "sbatch", "#!/bin/bash\n" + work + "\n");
    std::filesystem::permissions(directory_ / "sbatch", std::filesystem::perms::owner_all);
  }

  std::string submit_to_it(const BatchJob& job = {}) {
    environment_["PATH"] = directory_.path().string() + ":/bin";
    return submit(job, script_, environment_);
  }

  TemporaryDirectory directory_;
  std::filesystem::path script_ = directory_ / "train.sbatch";
  Environment environment_;
};

TEST_F(Sbatch, IsGivenTheScriptAndWhatIsNoPartOfIt) {
  BatchJob job;
  EXPECT_THAT(sbatch_command("sbatch", job, "a b"),
              ElementsAre("sbatch", "--parsable", "--export=ALL", "a b"));
  job.dependency = "afterok:7";
  EXPECT_THAT(sbatch_command("sbatch", job, "a"),
              ElementsAre("sbatch", "--parsable", "--export=ALL", "--dependency=afterok:7", "a"));
}

TEST_F(Sbatch, SaysTheJobsNumberOnItsLastLine) {
  EXPECT_EQ(parse_job_number("123\n"), "123");
  EXPECT_EQ(parse_job_number("a warning\n123;cluster\n"), "123");
  EXPECT_EQ(parse_job_number(""), "");
  EXPECT_EQ(parse_job_number("Submitted batch job\n"), "");
  EXPECT_EQ(parse_job_number("12x\n"), "");
}

TEST_F(Sbatch, EachSubmissionIsNoted) {
  stand_in("echo 123");
  EXPECT_EQ(submit_to_it(), "123");
  stand_in("echo 124");
  EXPECT_EQ(submit_to_it({.array = "1-5"}), "124");
  const std::string notes = read_file(directory_ / "jobs.jsonl", ExitCode::usage);
  const std::size_t second = notes.find('\n') + 1;
  const auto first_job = nlohmann::json::parse(notes.substr(0, second));
  EXPECT_EQ(first_job.at("job"), "123");
  EXPECT_EQ(first_job.at("array"), "");
  EXPECT_EQ(first_job.at("script"), script_.string());
  EXPECT_THAT(first_job.at("time").get<std::string>(),
              testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+Z"));
  EXPECT_EQ(nlohmann::json::parse(notes.substr(second)).at("array"), "1-5");
}

TEST_F(Sbatch, ItsRefusalIsToldAndNotNoted) {
  stand_in("echo 'sbatch: error: invalid partition specified: gpu' >&2; exit 1");
  EXPECT_THAT(message_of(ExitCode::usage, [&] { submit_to_it(); }),
              HasSubstr("invalid partition specified: gpu"));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "jobs.jsonl"));
}

TEST_F(Sbatch, IsMissedOnAMachineWithoutSlurm) {
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           submit({}, script_, {{"PATH", directory_.path().string()}});
                         }),
              HasSubstr("sbatch, which is not on PATH"));
}

TEST_F(Sbatch, SeesNeitherSecretsNorTheJobInWhichItRuns) {
  environment_ = {{"AWS_SECRET_ACCESS_KEY", "s"},
                  {"SBATCH_RESERVATION", "r"},
                  {"SLURM_CONF", "/c"},
                  {"SLURM_CPUS_PER_TASK", "9"}};
  stand_in("env >\"${0%/*}/seen\"; echo 1");
  submit_to_it();
  const std::string seen = read_file(directory_ / "seen", ExitCode::usage);
  EXPECT_THAT(seen, testing::AllOf(HasSubstr("SBATCH_RESERVATION=r"), HasSubstr("SLURM_CONF=/c")));
  EXPECT_THAT(seen, testing::Not(HasSubstr("AWS")));
  EXPECT_THAT(seen, testing::Not(HasSubstr("SLURM_CPUS")));
}

}  // namespace
}  // namespace lockstep
