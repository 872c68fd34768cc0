// From images to a table of predictions, by a run's model and by files of weights.

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Predict : public JobTest {
 protected:
  static void SetUpTestSuite() {
    JobTest::SetUpTestSuite();
    ASSERT_EQ(lockstep_program(job_->train("run", 1, {"train.max_steps=31"})).exit_code, 0);
    fs::create_directories(job_->run_dir("pictures") / "more");
    std::mt19937 random(1);
    for (int i = 0; i < 23; ++i) {
      std::vector<std::uint8_t> pixels(12 * 12);
      for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(random());
      const std::vector<std::byte> png = encode_png({pixels.data(), 12, 12, 1, 12});
      std::ofstream(job_->run_dir("pictures") / fmt::format("{}{:02}.png", i % 3 ? "" : "more/", i))
          .write(reinterpret_cast<const char*>(png.data()),
                 static_cast<std::streamsize>(png.size()));
    }
  }

  static std::string path(const std::string& name) { return job_->run_dir(name).string(); }

  /// What `lockstep predict` writes with these arguments.
  std::string table(Words words) {
    words.insert(words.begin(), "predict");
    words.insert(words.end(), {"--out", path("table.csv"), "--force"});
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return content_of(path("table.csv"));
  }
};

TEST_F(Predict, TheTableIsTheSameOnAnyNumberOfRanks) {
  const std::string alone =
      table({path("run"), path("pictures"), "--batch", "4", "--probabilities"});
  EXPECT_EQ(std::ranges::count(alone, '\n'), 24);
  EXPECT_THAT(alone, HasSubstr("id,label,probability,error,0,1,2"));
  EXPECT_LT(alone.find("\n01.png,"), alone.find("\nmore/00.png,"));
  const ProgramResult printed =
      lockstep_program({"predict", path("run"), path("pictures"), "--batch", "4", "--probabilities",
                        "--out", "-", "-n", "2"});
  EXPECT_EQ(printed.out, alone);
  for (const char* ranks : {"2", "3"}) {
    EXPECT_EQ(
        table({path("run"), path("pictures"), "--batch", "4", "--probabilities", "-n", ranks}),
        alone);
  }
}

TEST_F(Predict, AFolderAndItsPackAndAnExportedModelGiveTheSameRows) {
  const std::string folder = table({path("run"), path("pictures")});
  expect(0, "", {"pack", path("pictures"), "--unlabelled", "--out", path("unlabelled")});
  EXPECT_EQ(table({path("run"), path("unlabelled")}), folder);
  expect(0, "", {"export", path("run"), path("model.safetensors")});
  EXPECT_EQ(table({"--weights", path("model.safetensors"), path("pictures"), "-n", "2"}), folder);
}

TEST_F(Predict, AFileThatCannotBeReadIsARowThatSaysSo) {
  fs::create_directories(path("odd"));
  const std::string good = content_of(path("pictures") + "/01.png");
  std::ofstream(path("odd") + "/a.png") << good;
  std::ofstream(path("odd") + "/cut.png") << good.substr(0, good.size() / 2);
  std::ofstream(path("odd") + "/page.jpg") << "<html>";
  std::ofstream(path("odd.csv")) << "path\nnowhere.png\n";
  const std::string rows = table({path("run"), path("odd"), path("odd.csv"), "-n", "2"});
  EXPECT_THAT(rows, HasSubstr("\ncut.png,,,undecodable: "));
  EXPECT_THAT(rows, HasSubstr("\npage.jpg,,,\"not an image: "));
  EXPECT_THAT(rows, HasSubstr("\nnowhere.png,,,missing file\r\n"));
  expect(3, "1 of 1 images have no answer",
         {"predict", path("run"), path("odd.csv"), "--out", path("none.csv")});
  EXPECT_THAT(content_of(path("none.csv")), HasSubstr("missing file"));
  for (const char* ranks : {"1", "2"}) {
    expect(2, "there is no 'fotos'",
           {"predict", path("run"), path("odd"), "fotos", "--out", path("typo.csv"), "-n", ranks});
  }
  EXPECT_FALSE(fs::exists(path("typo.csv")));
}

TEST_F(Predict, WeightsOfAnybodyNeedTheNetworkAndWhatItIsFedWith) {
  // A checkpoint's file says nothing of itself.
  const fs::path checkpoint = job_->run_dir("run") / "checkpoints" / "step_00000031";
  const std::string weights = path("anybodys.safetensors");
  fs::copy_file(checkpoint / "model.safetensors", weights);
  std::ifstream file(job_->run_dir("run") / "checkpoints" / "step_00000031" / "state.json");
  const auto input = nlohmann::json::parse(file).at("input");
  const Words model = {"--weights",    weights,
                       "--model",      "simple_cnn",
                       "--batch",      "8",
                       "--image-size", "12",
                       "--mean",       input.at("mean")[0].dump(),
                       "--std",        input.at("std")[0].dump()};
  const auto with_model = [&](Words words) {
    words.insert(words.end(), model.begin(), model.end());
    return words;
  };
  EXPECT_EQ(table(with_model({path("pictures")})), table({path("run"), path("pictures")}));
  const ProgramResult own = lockstep_program({"eval", path("run"), "--json"});
  const ProgramResult foreign =
      lockstep_program(with_model({"eval", "--pack", job_->pack().string(), "--json"}));
  ASSERT_EQ(foreign.exit_code, 0) << foreign.err;
  EXPECT_EQ(nlohmann::json::parse(foreign.out).at("loss"),
            nlohmann::json::parse(own.out).at("loss"));

  const auto refused = [&](const std::string& message, Words words) {
    words.insert(words.begin(), "predict");
    words.insert(words.end(), {path("pictures"), "--out", path("refused.csv")});
    expect(2, message, words);
    EXPECT_FALSE(fs::exists(path("refused.csv")));
  };
  refused("name it with --model", {"--weights", weights});
  refused("give the checkpoint", {"--weights", (checkpoint / "model.safetensors").string()});
  expect(0, "crop, mean, std: assumed, as weights of this network have no usual ones",
         {"predict", "--weights", weights, "--model", "simple_cnn", "--image-size", "12",
          path("pictures"), "--out", path("assumed.csv")});
  refused("did you mean 'simple_cnn'", {"--weights", weights, "--model", "simple_cn"});
  refused("have no head of densenet121", {"--weights", weights, "--model", "densenet121"});
  const Words foreign_model = {"--weights", weights, "--model", "simple_cnn", "--image-size", "12"};
  const auto also = [&](Words more) {
    more.insert(more.begin(), foreign_model.begin(), foreign_model.end());
    return more;
  };
  refused("white is 1 here", also({"--mean", "127"}));
  refused("--mean has nan", also({"--mean", "nan"}));
  refused("--std has 0", also({"--std", "0"}));
  refused("--crop is 0", also({"--crop", "0"}));
  refused("a run knows its own", {path("run"), "--image-size", "20"});
  std::ofstream(path("names.txt")) << "a\nb\n";
  refused("has 2 lines", {"--weights", weights, "--model", "simple_cnn", "--image-size", "12",
                          "--classes", path("names.txt")});
}

TEST_F(Predict, NothingIsReplacedUnasked) {
  std::ofstream(path("mine.csv")) << "mine";
  expect(2, "--force replaces it",
         {"predict", path("run"), path("pictures"), "--out", path("mine.csv")});
  EXPECT_EQ(content_of(path("mine.csv")), "mine");
  expect(2, "belongs to a run",
         {"predict", path("run"), path("pictures"), "--out", path("run/config.yaml"), "--force"});
  expect(2, "has the name of an image",
         {"predict", path("run"), path("pictures"), "--out", path("table.PNG"), "--force"});
  expect(2, "A file of weights is given with --weights",
         {"predict", path("mine.csv"), path("pictures"), "--out", path("x.csv")});
  expect(2, "cannot be a file's name",
         {"predict", path("run"), path("pictures"), "--out", path(std::string(256, 'n'))});
  expect(2, "is what is to be read",
         {"predict", path("run"), path("mine.csv"), "--out", path("mine.csv"), "--force"});
  expect(2, "needs a model and images", {"predict", path("run"), "--out", path("x.csv")});
  expect(2, "--split is for a pack",
         {"predict", path("run"), path("pictures"), "--split", "a", "--out", path("x.csv")});
  expect(
      2, "no split 'nine'; name one with --split: train, valid",
      {"predict", path("run"), job_->pack().string(), "--split", "nine", "--out", path("x.csv")});
}

}  // namespace
}  // namespace lockstep
