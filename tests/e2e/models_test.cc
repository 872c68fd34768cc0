// Every family of networks: the same bits on any number of ranks and through a restart.

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/catalog/model_catalog.h"
#include "tests/e2e/program.h"

namespace lockstep {
namespace {

using Words = std::vector<std::string>;

/// The smallest network of each family, so that a new family is among them by itself.
std::vector<std::string> one_of_each_family() {
  std::map<std::size_t, const ModelEntry*> smallest;
  for (const ModelEntry& entry : model_catalog()) {
    const ModelEntry*& best = smallest[entry.spec.index()];
    if (best == nullptr || entry.parameters < best->parameters) best = &entry;
  }
  std::vector<std::string> names;
  for (const auto& [family, entry] : smallest) names.emplace_back(entry->name);
  return names;
}

class OfEveryFamily : public testing::TestWithParam<std::string> {};

TEST_P(OfEveryFamily, TheSameBitsOnOneToThreeRanksThroughARestart) {
  const SmallJob job;
  Words keys = {"model.name=" + GetParam(), "model.dropout=0.2", "data.image_size=32",
                "train.batch=2", "train.lanes=3"};
  for (const std::string_view option : find_model(GetParam()).options) {
    if (option == "drop_path") keys.emplace_back("model.drop_path=0.2");
    if (option == "stem") keys.emplace_back("model.stem=small");
  }
  const auto train = [&](const std::string& run, int ranks, int steps) {
    Words words = keys;
    words.push_back(fmt::format("train.max_steps={}", steps));
    const ProgramResult result = lockstep_program(job.train(run, ranks, words));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return newest_state(job.run_dir(run));
  };
  const RunState undisturbed = train("undisturbed", 1, 3);
  EXPECT_EQ(undisturbed.step, 3);
  EXPECT_EQ(train("two ranks", 2, 3), undisturbed);
  train("stopped", 3, 2);
  EXPECT_EQ(train("stopped", 2, 3), undisturbed);
}

TEST(Weights, OfARunAndOfItsExportBeginTheSameRunOnAnyNumberOfRanks) {
  const SmallJob job;
  const auto train = [&](const std::string& run, int ranks, const std::string& weights) {
    const ProgramResult result =
        lockstep_program(job.train(run, ranks, {"train.max_steps=2", "model.weights=" + weights}));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return newest_state(job.run_dir(run));
  };
  const std::string first = job.run_dir("first").string();
  const std::string file = job.run_dir("first.safetensors").string();
  const RunState drawn = train("first", 1, "");
  const auto exported = [&](const Words& more) {
    Words words = {"export", first, file};
    words.insert(words.end(), more.begin(), more.end());
    return lockstep_program(words).exit_code;
  };
  EXPECT_EQ(exported({}), 0);
  EXPECT_EQ(exported({}), 2) << "it is there";
  EXPECT_EQ(exported({"--force"}), 0);
  const RunState begun = train("begun", 1, first);
  EXPECT_NE(begun.digest, drawn.digest);
  EXPECT_EQ(train("of file", 3, file).digest, begun.digest);
  std::filesystem::remove(file);
  const ProgramResult restarted =
      lockstep_program(job.train("of file", 2, {"train.max_steps=3", "model.weights=" + file}));
  EXPECT_EQ(restarted.exit_code, 0) << "a restart needs it no more: " << restarted.err;
  const ProgramResult other =
      lockstep_program(job.train("of file", 1, {"train.max_steps=4", "model.weights=" + first}));
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, testing::HasSubstr("is not what the run began with"));
}

TEST(Average, IsTheSameOnAnyNumberOfRanksAndIsEvaluatedExportedAndBegunFrom) {
  const SmallJob job;
  const auto path = [&](const char* name) { return job.run_dir(name).string(); };
  const auto ran = [](const Words& words) {
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  };
  const auto train = [&](const char* run, int ranks, Words keys) {
    keys.emplace_back("ema.decay=0.99");
    ran(job.train(run, ranks, keys));
    return newest_state(job.run_dir(run));
  };
  const RunState alone = train("alone", 1, {"train.max_steps=62"});
  EXPECT_EQ(train("two", 2, {"train.max_steps=62"}), alone);
  train("cut", 3, {"train.max_steps=40"});
  EXPECT_EQ(train("cut", 1, {"train.max_steps=62"}), alone);

  const auto loss = [&](Words words) {
    words.insert(words.begin(), "eval");
    words.emplace_back("--json");
    return nlohmann::json::parse(ran(words)).at("loss").get<double>();
  };
  const auto metrics = checkpoints_of(job.run_dir("alone")).back().at("metrics");
  const std::string last = path("alone") + "/checkpoints/step_00000062";
  EXPECT_EQ(loss({last}), metrics.at("valid/loss"));
  EXPECT_EQ(loss({last, "--ema"}), metrics.at("valid_ema/loss"));
  EXPECT_NE(metrics.at("valid/loss"), metrics.at("valid_ema/loss"));
  ran({"export", last, path("average.safetensors"), "--ema"});
  EXPECT_EQ(loss({"--weights", path("average.safetensors"), "--pack", job.pack().string()}),
            metrics.at("valid_ema/loss"));

  ran(job.train("of file", 1,
                {"train.max_steps=2", "model.weights=" + path("average.safetensors")}));
  ran(job.train("of run", 1,
                {"train.max_steps=2", "model.weights=" + last, "model.weights_ema=true"}));
  EXPECT_EQ(newest_state(job.run_dir("of file")).digest,
            newest_state(job.run_dir("of run")).digest);
  const ProgramResult none = lockstep_program({"eval", path("of run"), "--ema"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.err, testing::HasSubstr("keeps no average"));
}

TEST(Average, BeginsAndEndsAtARestartThatIsToldSo) {
  const SmallJob job;
  const auto expect = [&](int code, const std::string& text, const Words& words) {
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, testing::HasSubstr(text));
  };
  const std::string run = job.run_dir("run").string(), on = job.run_dir("on").string();
  expect(0, "", job.train("on", 1, {"train.max_steps=2", "ema.decay=0.5"}));
  expect(0, "", job.train("run", 1, {"train.max_steps=2"}));
  expect(2, "ema.decay", job.train("run", 2, {"train.max_steps=4", "ema.decay=0.5"}));
  expect(0, "the average of the weights begins here",
         job.train("run", 2, {"train.max_steps=4", "ema.decay=0.5", "--override"}));
  expect(0, "the average of its weights", {"export", run, run + ".safetensors", "--ema"});
  expect(0, "its weights and not their average", {"export", run, run + ".safetensors", "--force"});
  expect(0, "the average of the weights ends here",
         job.train("run", 1, {"train.max_steps=6", "--override"}));
  expect(0, "ends here", {"train", on, "train.max_steps=6", "ema.decay=0", "--override"});
  expect(2, "keeps no average", {"export", run, run + ".safetensors", "--ema", "--force"});

  expect(2, "a file holds one set", {"eval", "--weights", run + ".safetensors", "--ema"});
  const std::string weights = "model.weights=" + run + ".safetensors";
  expect(2, "is for a run or a checkpoint",
         job.train("new", 1, {weights, "model.weights_ema=true"}));
  expect(2, "model.weights_ema", job.train("new", 1, {"model.weights_ema=true"}));
}

INSTANTIATE_TEST_SUITE_P(Models, OfEveryFamily, testing::ValuesIn(one_of_each_family()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace lockstep
