// A network's frozen part runs once, its head is trained on what it gave, and the result is the
// whole network again.

#include <fmt/format.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class Features : public JobTest {
 protected:
  static void SetUpTestSuite() {
    JobTest::SetUpTestSuite();
    succeed(job_->train("base", 1, {"train.epochs=1"}));
  }

  static ProgramResult succeed(const Words& words) {
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  static std::string path_of(const std::string& name) { return job_->run_dir(name).string(); }
  /// The keys that a config for transfer from "base" has beside those of the job.
  static Words keys(const Words& more = {}) {
    Words words = {"model.weights=" + path_of("base"), "train.epochs=2", "fine_tune.head_epochs=1"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Arguments of `lockstep features`; `options` come last.
  static Words features(const std::string& out, const Words& options, const Words& more = {}) {
    Words words = {"features", (job_->pack().parent_path() / "config.yaml").string()};
    const Words all = keys(more);
    words.insert(words.end(), all.begin(), all.end());
    words.insert(words.end(), {"--out", path_of(out)});
    words.insert(words.end(), options.begin(), options.end());
    return words;
  }
  static Words train(const std::string& run, const std::string& pack, int ranks,
                     const Words& more = {}) {
    Words words = keys(more);
    words.push_back("data.pack=" + path_of(pack));
    return job_->train(run, ranks, words);
  }
  static nlohmann::json manifest_of(const std::string& pack) {
    return nlohmann::json::parse(std::ifstream(job_->run_dir(pack) / "pack.json"));
  }
  static nlohmann::json eval(const Words& more) {
    Words words = {"eval", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return nlohmann::json::parse(succeed(words).out);
  }
};

TEST_F(Features, AreTheSameBytesOnAnyNumberOfRanks) {
  for (const Words& options : {Words{}, Words{"--views", "2"}, Words{"--at", "conv2"}}) {
    const std::string name = "ranks" + (options.empty() ? "" : options.front());
    succeed(features(name + "1", options));
    Words three = options;
    three.insert(three.end(), {"-n", "3"});
    succeed(features(name + "3", three));
    EXPECT_EQ(manifest_of(name + "1"), manifest_of(name + "3"));
    EXPECT_EQ(lockstep_program({"verify", path_of(name + "3")}).exit_code, 0);
    const bool views = !options.empty() && options.front() == "--views";
    EXPECT_EQ(manifest_of(name + "1")["splits"]["train"]["samples"], views ? 2000 : 1000);
    EXPECT_EQ(manifest_of(name + "1")["splits"]["valid"]["samples"], 150);
  }
  const std::string report = succeed({"inspect", path_of("ranks--views1")}).out;
  EXPECT_THAT(report, HasSubstr("numbers, which the head takes, of simple_cnn"));
  EXPECT_THAT(report, HasSubstr("2 augmented views of each to train on"));
  EXPECT_THAT(succeed({"inspect", path_of("ranks--at1"), "--json"}).out, HasSubstr("\"conv2\""));
}

TEST_F(Features, TrainAHeadWhoseRunHoldsTheWholeNetwork) {
  succeed(features("data", {}));
  const ProgramResult one = succeed(train("head", "data", 1));
  EXPECT_THAT(one.err, HasSubstr("parameters are trained, in the head alone"));
  EXPECT_THAT(one.err, HasSubstr("they are of the images as they are"));
  const RunState undisturbed = newest_state(job_->run_dir("head"));
  EXPECT_EQ(undisturbed.step, 62);
  succeed(train("head cut", "data", 3, {"train.max_steps=31"}));
  succeed(train("head cut", "data", 2, {"train.max_steps=45"}));
  succeed(train("head cut", "data", 1));
  EXPECT_EQ(newest_state(job_->run_dir("head cut")), undisturbed);

  // On images it is the same model as on features, and a better one than the one it began with.
  const std::string images = job_->pack().string();
  const nlohmann::json on_features = eval({path_of("head")});
  const nlohmann::json on_images = eval({path_of("head"), "--pack", images});
  EXPECT_NEAR(on_features.at("loss").get<double>(), on_images.at("loss").get<double>(), 1e-5);
  EXPECT_EQ(on_features.at("accuracy"), on_images.at("accuracy"));
  EXPECT_LT(on_images.at("loss"), eval({path_of("base")}).at("loss"));
  EXPECT_EQ(on_features, eval({path_of("head"), "-n", "3"}));

  // The same training on images, with the rest frozen and not augmented.
  succeed(job_->train("frozen", 2,
                      keys({"fine_tune.head_epochs=0", "fine_tune.head_only=true",
                            "data.augment.flip=none", "data.augment.crop_padding=0"})));
  EXPECT_NEAR(eval({path_of("frozen")}).at("loss").get<double>(),
              on_images.at("loss").get<double>(), 1e-4);

  // And on with all of it.
  succeed(job_->train("all", 2, {"model.weights=" + path_of("head"), "train.max_steps=2"}));
  for (const std::string& pack : {images, path_of("data")}) {
    succeed({"predict", path_of("head"), pack, "--split", "valid", "--out", path_of("answers.csv"),
             "--force"});
  }
  succeed({"export", path_of("head"), path_of("head.safetensors")});
  const nlohmann::json of_file = eval(
      {"--weights", path_of("head.safetensors"), "--pack", path_of("data"), "--split", "valid"});
  EXPECT_EQ(of_file.at("loss"), on_features.at("loss"));
}

TEST_F(Features, CanBeLeftForTheImagesInTheMiddleOfARun) {
  succeed(features("left", {}));
  succeed(train("both", "left", 2, {"optimizer.name=adam", "optimizer.lr=0.01"}));
  Words words =
      job_->train("both", 3, keys({"optimizer.name=adam", "optimizer.lr=0.01", "train.epochs=3"}));
  words.push_back("--override");
  EXPECT_THAT(succeed(words).err, HasSubstr("conv1, conv2, conv3, head"));
  EXPECT_EQ(newest_state(job_->run_dir("both")).step, 93);
}

TEST_F(Features, SWAAndAveragesOfAHeadAreKept) {
  succeed(features("averaged", {}));
  for (const char* average : {"average.last=2", "ema.decay=0.9"}) {
    succeed(train(average, "averaged", 2, {average}));
    EXPECT_GT(eval({path_of(average), "--ema"}).at("accuracy"), 0.5) << average;
  }
}

TEST_F(Features, WhatDoesNotFitIsRefused) {
  succeed(features("good", {}));
  const Words drawn = {"model.weights=", "fine_tune.head_epochs=0"};
  expect(2, "were taken with other weights of simple_cnn", train("other", "good", 1, drawn));
  expect(2, "model.name is lenet", train("lenet", "good", 1, {"model.name=lenet"}));
  expect(2, "data.image_size is 20, and the features",
         train("size", "good", 1, {"data.image_size=20"}));
  succeed(features("layer", {"--at", "conv2", "--split", "train"}));
  expect(2, "which no head takes", train("at", "layer", 1, {"data.valid="}));
  expect(2, "did you mean", features("typo", {"--at", "conv22"}));
  expect(2, "--force replaces it", features("good", {}));
  expect(2, "holds a pack of images",
         {"features", (job_->pack().parent_path() / "config.yaml").string(), "--out",
          job_->pack().string(), "--force"});
  expect(2, "has features already", features("twice", {}, {"data.pack=" + path_of("good")}));
  expect(2, "has no split of that name; it has: train, valid",
         features("split", {"--split", "tset"}));
  expect(2, "has features, and no images for --grid",
         {"inspect", path_of("good"), "--grid", path_of("grid.png")});
  expect(2, "which one network has made",
         {"eval", path_of("base"), "--snapshots", "1", "--pack", path_of("good")});
  expect(0, "a lane of made-up samples can be trained", train("dry", "good", 1, {"--dry-run"}));
}

}  // namespace
}  // namespace lockstep
