// `lockstep submit` with fakes of Slurm's commands; tests/slurm/slurm_test.sh has the real ones.

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace fs = std::filesystem;

class Submit : public JobTest {
 protected:
  void SetUp() override {
    stand_in("sbatch", R"(
      env >"$0.environment"
      printf '%s\n' "$@" >"$0.words"
      echo 123)");
    stand_in("scontrol", R"([[ "$1" == show ]] && echo "   JobState=RUNNING")");
    // srun with PMIx on one node.
    stand_in("srun", R"(
      [[ "$1" != --mpi=list ]] || exec echo pmix
      while [[ "$1" == --* ]]; do [[ "$1" != --ntasks=* ]] || ranks="${1#*=}"; shift; done
      exec mpirun --allow-run-as-root --oversubscribe --bind-to none -n "$ranks" "$@")");
    path_ = std::getenv("PATH");
    ::setenv("PATH", (bin_.path().string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override { ::setenv("PATH", path_.c_str(), 1); }

  void stand_in(const std::string& name, const std::string& work) {
    std::ofstream(bin_ / name) << "#!/bin/bash\n" << work << "\n";
    fs::permissions(bin_ / name, fs::perms::owner_all);
  }

  /// Of a run in the job's directory.
  std::vector<std::string> submit(const std::string& run, std::vector<std::string> more) const {
    std::vector<std::string> words = {"submit", job_->train(run, 1)[1],
                                      "run.dir=" + job_->run_dir(run).string()};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static std::string content(const fs::path& path) {
    std::ifstream file(path);
    return (std::ostringstream() << file.rdbuf()).str();
  }

  /// An attempt of the job that was submitted, as Slurm would start it.
  static ProgramResult attempt(const fs::path& run, std::vector<std::string> variables) {
    std::vector<std::string> words = {"/usr/bin/env", "SLURM_JOB_ID=123"};
    words.insert(words.end(), variables.begin(), variables.end());
    words.insert(words.end(), {"/bin/bash", run / "slurm/train.sbatch"});
    return RunningProgram(words).wait();
  }

  TemporaryDirectory bin_;
  std::string path_;
};

TEST_F(Submit, TheJobTrainsWhatWasSubmitted) {
  ::setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
  const ProgramResult submitted =
      lockstep_program(submit("queued", {"--ntasks-per-node=2", "--time", "1:00:00",
                                         "train.epochs=2", "slurm.partition=cpu"}));
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  ASSERT_EQ(submitted.exit_code, 0) << submitted.err;
  EXPECT_THAT(submitted.out, HasSubstr("submitted job 123"));
  EXPECT_THAT(content(bin_ / "sbatch.environment"), Not(HasSubstr("AWS_SECRET")));
  const fs::path run = job_->run_dir("queued");
  EXPECT_THAT(content(bin_ / "sbatch.words"),
              AllOf(HasSubstr("--parsable\n"), HasSubstr((run / "slurm/train.sbatch").string())));
  EXPECT_THAT(content(run / "slurm/train.sbatch"),
              AllOf(HasSubstr("#SBATCH --job-name=queued\n"), HasSubstr("--partition=cpu\n")));
  EXPECT_THAT(content(run / "slurm/jobs.jsonl"),
              HasSubstr(R"({"job":"123","array":"","runs":"","time":)"));

  // The script waits in a queue: what happens to the config meanwhile is nothing to it.
  ASSERT_EQ(lockstep_program(submit("queued", {"train.epochs=1"})).exit_code, 0);
  EXPECT_THAT(content(run / "slurm/config_1.yaml"), HasSubstr("epochs: 2"));
  EXPECT_THAT(content(run / "slurm/config_2.yaml"), HasSubstr("epochs: 1"));
  ASSERT_EQ(lockstep_program(submit("queued", {"--ntasks-per-node=2", "--time", "1:00:00",
                                               "train.epochs=2", "slurm.partition=cpu"}))
                .exit_code,
            0);

  const ProgramResult trained = attempt(run, {});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("training from step 0 on 2 ranks"));
  const ProgramResult alone = lockstep_program(job_->train("alone", 1, {"train.epochs=2"}));
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(newest_state(run), newest_state(job_->run_dir("alone")));
}

TEST_F(Submit, RanksThatAreNotWhereTheScriptExpectsThemEndTheJobBeforeItTrains) {
  ASSERT_EQ(lockstep_program(submit("astray", {"--nodes=2"})).exit_code, 0);
  const ProgramResult ended = attempt(job_->run_dir("astray"), {"SLURM_JOB_NUM_NODES=2"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("expects ranks on 2 nodes, and they are on 1"));
  EXPECT_FALSE(fs::exists(job_->run_dir("astray") / "checkpoints"));
}

TEST_F(Submit, ADryRunPrintsAndChangesNothing) {
  const ProgramResult dry =
      lockstep_program(submit("dry", {"--dry-run", "--nodes=2-4", "--dependency", "afterok:7"}));
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, AllOf(testing::StartsWith("#!/bin/bash\n#SBATCH --job-name=dry\n"
                                                 "#SBATCH --nodes=2-4\n"),
                             HasSubstr("# sbatch --parsable --export=ALL --dependency=afterok:7")));
  EXPECT_FALSE(fs::exists(job_->run_dir("dry")));
  EXPECT_FALSE(fs::exists(bin_ / "sbatch.words"));
}

TEST_F(Submit, TasksOfAnArrayAreRunsOfTheirOwn) {
  ASSERT_EQ(lockstep_program(submit("seeds", {"--array=3-4", "train.max_steps=2"})).exit_code, 0);
  const fs::path run = job_->run_dir("seeds");
  const ProgramResult task =
      attempt(run, {"SLURM_ARRAY_JOB_ID=123", "SLURM_ARRAY_TASK_ID=4", "SLURM_NTASKS=1"});
  EXPECT_EQ(task.exit_code, 0) << task.err;
  EXPECT_EQ(newest_state(run / "seed_4").step, 2);
  EXPECT_THAT(content(run / "seed_4/config.yaml"), HasSubstr("seed: 4"));

  const fs::path rates = job_->run_dir("rate_%a");
  const ProgramResult dry =
      lockstep_program(submit("rate_%a", {"--array=1-2", "optimizer.lr=0.%a", "--dry-run"}));
  EXPECT_THAT(dry.out, AllOf(HasSubstr("optimizer.lr=0.%a"), HasSubstr("/rate_array/slurm/"),
                             Not(HasSubstr("run.seed=%a"))));
}

TEST_F(Submit, ARunThatHasAJobGetsNoSecondUnlessItComesAfterTheFirst) {
  ASSERT_EQ(lockstep_program(submit("busy", {})).exit_code, 0);
  const fs::path slurm = job_->run_dir("busy") / "slurm";
  EXPECT_EQ(fs::status(slurm).permissions(), fs::perms::owner_all) << "run.access";
  stand_in("squeue", "echo '123|RUNNING|None|N/A|1:00|n1'");
  expect(2, "has a job in Slurm already: 123 (RUNNING)", submit("busy", {}));
  EXPECT_EQ(lockstep_program(submit("busy", {"--dependency=afterany:123"})).exit_code, 0);
  stand_in("squeue", "echo '123|COMPLETED|None|N/A|1:00|n1'");
  EXPECT_EQ(lockstep_program(submit("busy", {})).exit_code, 0);
}

TEST_F(Submit, OfAJobArrayEachRunIsShownAndStopped) {
  ASSERT_EQ(lockstep_program(submit("many", {"--array=1-3%1"})).exit_code, 0);
  const fs::path run = job_->run_dir("many");
  stand_in("squeue", R"(printf '%s|None|N/A|1:00|\n' '123_[2-3%1]|PENDING' '123_1|RUNNING')");
  stand_in("scancel", R"(echo "$*" >>"$0.words")");
  const auto status = [&] {
    const ProgramResult shown = lockstep_program({"status", run.string(), "--json"});
    EXPECT_EQ(shown.exit_code, 0) << shown.err;
    std::map<int, std::string> states;
    const auto json = nlohmann::json::parse(shown.out);
    for (const auto& task : json.at("tasks")) {
      states[task.at("index")] = task.at("state");
    }
    return states;
  };
  using States = std::map<int, std::string>;
  EXPECT_EQ(status(), (States{{1, "starting"}, {2, "queued"}, {3, "queued"}}));
  EXPECT_THAT(lockstep_program({"status", run.string()}).out,
              AllOf(HasSubstr("an array of 3 runs"), HasSubstr("many/seed_3")));

  const ProgramResult stopped = lockstep_program({"stop", run.string(), "--no-wait"});
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_EQ(content(bin_ / "scancel.words"), "--state=PENDING 123\n");
  EXPECT_THAT(stopped.out, AllOf(HasSubstr("2 of its runs waited"), HasSubstr("seed_1")));
  EXPECT_TRUE(fs::exists(run / "seed_1/stop"));
  EXPECT_FALSE(fs::exists(run / "stop"));

  stand_in("squeue",
           R"(printf '%s|None|N/A|1:00|\n' '123_1|COMPLETED' '123_2|FAILED' '123_3|CANCELLED')");
  EXPECT_EQ(status().at(2), "failed");
}

TEST_F(Submit, AJobThatHasFailedBeforeItsTrainingIsShownWithItsOutput) {
  ASSERT_EQ(lockstep_program(submit("early", {})).exit_code, 0);
  const fs::path run = job_->run_dir("early");
  stand_in("squeue", "echo '123|FAILED|NonZeroExitCode|N/A|1:00|n1'");
  EXPECT_THAT(lockstep_program({"status", run.string()}).out,
              AllOf(HasSubstr("failed"), HasSubstr("do the nodes see this directory?")));
  std::ofstream(run / "slurm/123.out") << "apptainer: not found\n";
  EXPECT_THAT(lockstep_program({"status", run.string()}).out, HasSubstr("slurm/123.out"));
}

TEST_F(Submit, WhatTheJobWouldEndWithIsToldAtOnce) {
  expect(2, "leave one of them out", submit("bad", {"--array=1-3", "run.seed=4"}));
  expect(2, "add --array", submit("bad", {"model.weights=runs/%a"}));
  expect(2, "--array is '5-1'", submit("bad", {"--array=5-1"}));
  expect(2, "--time (slurm.time) is '12:60:00'", submit("bad", {"--time=12:60:00"}));
  expect(2, "train.epoch'", submit("bad", {"train.epoch=2"}));
  expect(3, "no_pack", submit("bad", {"data.pack=no_pack"}));
  expect(2, "2 nodes with 3 ranks each make 6 ranks",
         submit("bad", {"--nodes=2", "--ntasks-per-node=3"}));
  expect(2, "--time (slurm.time) is '12h'", submit("bad", {"--time=12h"}));
  expect(2, "--array is '1-'", submit("bad", {"--array=1-"}));
  expect(2, "average.last is 9", submit("bad", {"average.last=9"}));
  EXPECT_FALSE(fs::exists(job_->run_dir("bad")));
}

TEST_F(Submit, ThePackMayBeMadeByTheJobBefore) {
  const ProgramResult waiting = lockstep_program(
      submit("waiting", {"data.pack=no_pack", "--dependency=afterok:7", "--dry-run"}));
  EXPECT_EQ(waiting.exit_code, 0) << waiting.err;
  EXPECT_THAT(waiting.err, HasSubstr("'no_pack' is not there yet"));
}

}  // namespace
}  // namespace lockstep
