// `eval --pictures`: one page of what a model gets wrong, the same bytes on any number of ranks.

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "imaging/codec/encode.h"
#include "tests/e2e/program.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What becomes HTML only where somebody forgets to escape it.
constexpr const char* kOddClass = "<b>&\"猫";
constexpr int kHeight = 20, kWidth = 30;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

/// A dark image with a bright square in the upper left or the lower right corner.
std::vector<std::byte> corner_image(bool upper, int number) {
  std::vector<std::uint8_t> pixels(3 * kHeight * kWidth, static_cast<std::uint8_t>(number));
  for (int y = 0; y < 8; ++y) {
    for (int x = 0; x < 8; ++x) {
      const int at = upper ? y * kWidth + x : (kHeight - 1 - y) * kWidth + kWidth - 1 - x;
      for (int c = 0; c < 3; ++c) pixels[static_cast<std::size_t>(3 * at + c)] = 250;
    }
  }
  return encode_png({pixels.data(), kHeight, kWidth, 3, 3 * kWidth});
}

/// A pack of two classes, a few of whose images are in the wrong one, and two trained runs.
class Pictures : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = std::make_unique<TemporaryDirectory>();
    for (int i = 0; i < 40; ++i) {
      const bool odd = i % 2 == 1, is_wrong = i % 10 == 4;
      const fs::path folder = fs::path(path("images")) / (odd != is_wrong ? kOddClass : "plain");
      fs::create_directories(folder);
      const std::vector<std::byte> png = corner_image(odd, i);
      std::ofstream(folder / fmt::format("{}.png", i), std::ios::binary)
          .write(reinterpret_cast<const char*>(png.data()),
                 static_cast<std::streamsize>(png.size()));
    }
    run(0, "", {"pack", path("images"), "--out", path("pack"), "--valid-fraction", "0.5"});
    std::ofstream(path("config.yaml")) << fmt::format(
        "data: {{pack: {}, image_size: 16}}\ntrain: {{batch: 5, lanes: 1, max_steps: 12}}\n"
        "optimizer: {{lr: 0.05}}\n",
        path("pack"));
    run(0, "", {"train", path("config.yaml"), "run.dir=" + path("a")});
    run(0, "", {"train", path("config.yaml"), "run.dir=" + path("b"), "train.max_steps=2"});
  }
  static void TearDownTestSuite() { files_.reset(); }

  static std::string path(const std::string& name) { return (*files_ / name).string(); }

  static void run(int code, const std::string& message, const Words& words) {
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(message));
  }

  /// The page of run a, which is the same on 1, 2 and 3 ranks.
  static std::string page(const Words& more) {
    std::vector<std::string> pages;
    for (const char* ranks : {"1", "2", "3"}) {
      Words words = {"eval", path("a"), "--pictures", path("page.html"), "--force", "-n", ranks};
      words.insert(words.end(), more.begin(), more.end());
      run(0, "", words);
      std::ostringstream text;
      text << std::ifstream(path("page.html"), std::ios::binary).rdbuf();
      pages.push_back(text.str());
      EXPECT_TRUE(pages.back() == pages.front()) << ranks;
    }
    return pages.front();
  }

  inline static std::unique_ptr<TemporaryDirectory> files_;
};

TEST_F(Pictures, ShowWhatIsWrongAndEscapeWhatComesFromFiles) {
  const std::string html = page({});
  for (const char* title : {"Confusion matrix", "Largest losses", "Surest mistakes",
                            "Least certain", "Random right answers"}) {
    EXPECT_THAT(html, HasSubstr(title));
  }
  EXPECT_THAT(html, AllOf(HasSubstr("&lt;b&gt;&amp;&quot;猫 said to be plain"),
                          HasSubstr("<dd><bdi>&lt;b&gt;&amp;&quot;猫</bdi> ("),
                          Not(HasSubstr("<b>&")), Not(HasSubstr("\"猫"))));
  EXPECT_THAT(html, Not(HasSubstr("://")));
  EXPECT_THAT(html, Not(HasSubstr("Two models")));
  EXPECT_GT(count(html, "<figure class=\"wrong\""), 4u);
  EXPECT_EQ(count(html, "<img"), count(html, "width=\"144\" height=\"96\"")) << "true aspect";
  EXPECT_EQ(count(html, "<img"),
            count(html, "<figure class=\"wrong\"") + count(html, "<figure class=\"right\""));
}

TEST_F(Pictures, HaveWhereTheNetworkLooksBesideEachImage) {
  const std::string html = page({"--saliency"});
  EXPECT_EQ(count(html, "alt=\"the image\""), count(html, "alt=\"what speaks for"));
  EXPECT_EQ(count(html, "width=\"144\" height=\"144\""), count(html, "alt=\"what speaks for"))
      << "the network's crop is a square";
  EXPECT_THAT(html, HasSubstr("Grad-CAM"));
}

TEST_F(Pictures, OfTwoModelsShowWhatIsFixedAndBroken) {
  const std::string html = page({"--against", path("b")});
  const ProgramResult told =
      lockstep_program({"eval", path("a"), "--against", path("b"), "--json", "--bootstrap", "0"});
  const auto test = nlohmann::json::parse(told.out).at("against").at("mcnemar");
  EXPECT_THAT(html, HasSubstr("<h2>Two models</h2>"));
  const std::string title = html.substr(html.find("<h1>"), html.find("</h1>") - html.find("<h1>"));
  EXPECT_THAT(title, AllOf(HasSubstr(path("a")), HasSubstr(path("b"))));
  EXPECT_THAT(html, HasSubstr("<title>" + title.substr(4) + "</title>"));
  EXPECT_LT(html.find("second model</th><td>" + path("b")), html.find("<h2>"));
  EXPECT_THAT(html, HasSubstr(fmt::format("{} image", test.at("second_only").get<int>())));
  EXPECT_EQ(count(html, "<dt>second</dt>"),
            test.at("second_only").get<std::size_t>() + test.at("first_only").get<std::size_t>());
  EXPECT_GT(count(html, "<dt>second</dt>"), 0u);
}

TEST_F(Pictures, AndTextLeaveOutTheTopFiveOfTwoClasses) {
  EXPECT_THAT(page({"--bootstrap", "0"}), Not(HasSubstr("top-5")));
  const Words words = {"eval", path("a"), "--against", path("b")};
  EXPECT_THAT(lockstep_program(words).out, AllOf(HasSubstr("accuracy"), Not(HasSubstr("top-5"))));
  Words as_json = words;
  as_json.push_back("--json");
  const auto json = nlohmann::json::parse(lockstep_program(as_json).out);
  EXPECT_EQ(json.at("top5_accuracy"), 1);
  EXPECT_EQ(json.at("against").at("top5_accuracy"), 1);
  const ProgramResult log =
      lockstep_program({"train", path("config.yaml"), "run.dir=" + path("d"), "train.epochs=1"});
  EXPECT_THAT(log.err, AllOf(HasSubstr("valid loss"), Not(HasSubstr("top-5"))));
}

TEST_F(Pictures, AreRefusedWhereTheyCannotBe) {
  const Words words = {"eval", path("a"), "--pictures", path("kept.html")};
  const auto refused = [&](const std::string& message, Words more) {
    more.insert(more.begin(), words.begin(), words.end());
    run(2, message, more);
  };
  refused("one network looks in one view", {"--saliency", "--tta", "flips"});
  refused("one network looks in one view", {"--saliency", "--ensemble", path("b")});
  run(2, "--pictures FILE.html", {"eval", path("a"), "--saliency"});
  run(2, "ends in .html", {"eval", path("a"), "--pictures", path("page.png")});
  run(0, "",
      {"train", path("config.yaml"), "run.dir=" + path("mlp"), "model.name=mlp",
       "train.max_steps=1"});
  run(2, "mlp makes no feature map",
      {"eval", path("mlp"), "--pictures", path("kept.html"), "--saliency"});
  fs::create_symlink("elsewhere.html", path("link.html"));
  run(2, "give the name of the file that it leads to",
      {"eval", path("a"), "--pictures", path("link.html"), "--force"});
  ASSERT_EQ(::mkfifo(path("pipe.html").c_str(), 0600), 0);
  run(2, "give the name of a plain file",
      {"eval", path("a"), "--pictures", path("pipe.html"), "--force"});
  const std::string longest = std::string(250, 'n') + ".html";
  run(0, "", {"eval", path("a"), "--pictures", path(longest)});
  run(2, "give another one", {"eval", path("a"), "--pictures", path("n" + longest)});
  EXPECT_FALSE(fs::exists(path("kept.html")));
  run(0, "", words);
  run(2, "--force", words);
}

}  // namespace
}  // namespace lockstep
