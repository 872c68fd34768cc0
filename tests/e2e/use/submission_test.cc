// From images to what a competition wants to be given, where it comes from, and which labels were
// wrong.

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "tests/e2e/program.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;
using Words = std::vector<std::string>;

constexpr int kSide = 12;

std::string content_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// Noise with a bright bar, whose height is the class's: 'a', 'b' or 'c'.
void draw(const fs::path& path, char kind, std::mt19937& random) {
  std::vector<std::uint8_t> pixels;
  for (int pixel = 0; pixel < kSide * kSide; ++pixel) {
    const bool bar = pixel / kSide == 2 + 4 * (kind - 'a');
    pixels.push_back(static_cast<std::uint8_t>(static_cast<int>(random() % 60) + (bar ? 180 : 0)));
  }
  const std::vector<std::byte> png = encode_png({pixels.data(), kSide, kSide, 1, kSide});
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
}

/// Three classes, two images of which lie in a wrong folder and are for validation; a run that has
/// learned them; and images to predict, called 0.png (an a), 1.png (a b) and so on.
class Submission : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = std::make_unique<TemporaryDirectory>();
    std::mt19937 random(1);
    std::ofstream valid(path("valid.txt"));
    for (int i = 0; i < 120; ++i) {
      const char kind = static_cast<char>('a' + i % 3);
      const std::string name = fmt::format("{}/{:03}.png", kind, i);
      draw(path("images/" + name), kind, random);
      if (i >= 90) valid << name << "\n";
    }
    for (const char* name : {"a/wrong.png", "c/wrong.png"}) {
      draw(path(std::string("images/") + name), 'b', random);
      valid << name << "\n";
    }
    valid.close();
    for (int i = 0; i < 6; ++i) {
      draw(path(fmt::format("test/{}.png", i)), static_cast<char>('a' + i % 3), random);
    }
    run(0, {"pack", path("images"), "--valid-list", path("valid.txt"), "--out", path("pack")});
    std::ofstream(path("config.yaml")) << fmt::format(R"(
run: {{dir: {}}}
data: {{pack: {}}}
model: {{name: simple_cnn}}
train: {{epochs: 8, batch: 10, lanes: 1, device: cpu}}
optimizer: {{name: adamw, lr: 0.005, lr_scaling: none}}
)",
                                                      path("run"), path("pack"));
    run(0, {"train", path("config.yaml")});
  }
  static void TearDownTestSuite() { root_.reset(); }

  static std::string path(const std::string& name) { return (*root_ / name).string(); }
  static std::string write(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  static ProgramResult run(int code, const Words& words) {
    ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, code) << fmt::format("{}", words[0]) << result.err;
    return result;
  }

  static std::string predict(Words more) {
    Words words = {"predict", path("run"), path("test"), "--out", path("table.csv"), "--force"};
    words.insert(words.end(), more.begin(), more.end());
    run(0, words);
    return content_of(path("table.csv"));
  }

  inline static std::unique_ptr<TemporaryDirectory> root_;
};

TEST_F(Submission, HasAColumnForEachClassInTheOrderOfTheSample) {
  const std::string sample = write("breeds.csv",
                                   "id,c,a,b\n"
                                   "4,0.25,0.25,0.5\n"
                                   "77,0.25,0.25,0.5\n"
                                   "0,0.25,0.25,0.5\n"
                                   "2,0.25,0.25,0.5\n"
                                   "1,0.25,0.25,0.5\n"
                                   "3,0.25,0.25,0.5\n");
  const std::string table = predict({"--like", sample});
  std::istringstream lines(table);
  std::string line;
  Words ids;
  std::getline(lines, line);
  EXPECT_EQ(line, "id,c,a,b");
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string id, c, a, b;
    std::getline(fields, id, ',');
    std::getline(fields, c, ',');
    std::getline(fields, a, ',');
    std::getline(fields, b);
    ids.push_back(id);
    if (id == "77") {
      EXPECT_EQ(line, "77,0.25,0.25,0.5");
      continue;
    }
    const std::vector<double> by_class = {std::stod(a), std::stod(b), std::stod(c)};
    EXPECT_NEAR(by_class[0] + by_class[1] + by_class[2], 1, 1e-5);
    EXPECT_GT(by_class[static_cast<std::size_t>(std::stoi(id) % 3)], 0.5) << line;
  }
  EXPECT_EQ(ids, (Words{"4", "77", "0", "2", "1", "3"}));
  EXPECT_EQ(predict({"--like", sample, "-n", "2", "--batch", "2"}),
            predict({"--like", sample, "-n", "3", "--batch", "2"}));
  EXPECT_THAT(run(3, {"predict", path("run"), path("test"), "--like", sample, "--strict", "--out",
                      path("strict.csv")})
                  .err,
              HasSubstr("'77': no such image"));
  EXPECT_FALSE(fs::exists(path("strict.csv")));
}

TEST_F(Submission, HasALabelForEachRowOfTheSample) {
  const std::string sample = write("furniture.csv", "id,predicted\r\n3,1\r\n1,1\r\n2,1\r\n");
  EXPECT_EQ(predict({"--like", sample}), "id,predicted\r\n3,a\r\n1,b\r\n2,c\r\n");
  const std::string header = write("header.csv", "image;kind\n");
  EXPECT_EQ(predict({"--like", header, "--id", "name"}),
            "image;kind\n0.png;a\n1.png;b\n2.png;c\n3.png;a\n4.png;b\n5.png;c\n");
  EXPECT_EQ(predict({"--columns", "id,predicted=label", "--id", "stem"}),
            "id,predicted\r\n0,a\r\n1,b\r\n2,c\r\n3,a\r\n4,b\r\n5,c\r\n");
}

TEST_F(Submission, TakesATableOfPathsAndAListOnStandardInput) {
  const std::string list = write("list.csv", "x,file\n1,test/2.png\n2,test/0\n3,nowhere.png\n");
  const Words columns = {"--columns", "id,label", "--out", "-", "-n", "2"};
  const auto predict_from = [&](const std::string& input, const std::string& standard_input) {
    Words words = {"predict", path("run"), input};
    words.insert(words.end(), columns.begin(), columns.end());
    const Words program = lockstep_words(words);
    std::string command;
    for (const std::string& word : program) command += "'" + word + "' ";
    const Words shell = {"/bin/sh", "-c",
                         command + (standard_input.empty() ? "" : "< '" + standard_input + "'")};
    ProgramResult result = RunningProgram(shell).wait();
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.err, HasSubstr("nowhere.png': missing file"));
    return result.out;
  };
  EXPECT_EQ(predict_from(list, ""), "id,label\r\ntest/2.png,c\r\ntest/0,a\r\nnowhere.png,\r\n");
  const std::string lines =
      write("lines.txt", path("test/1.png") + "\n\n" + path("nowhere.png") + "\n");
  EXPECT_EQ(predict_from("-", lines),
            fmt::format("id,label\r\n{},b\r\n{},\r\n", path("test/1.png"), path("nowhere.png")));
}

TEST_F(Submission, SaysWhereItComesFromAndVerifyFollows) {
  predict({});
  EXPECT_THAT(run(0, {"verify", path("table.csv")}).err, HasSubstr("is what its provenance says"));
  const std::string written = content_of(path("table.csv.provenance.json"));
  predict({"-n", "2"});
  EXPECT_EQ(content_of(path("table.csv.provenance.json")), written);

  // A folder that is moved as a whole keeps its chain; what does not come along is not checked.
  fs::create_directory(path("moved"));
  fs::rename(path("table.csv"), path("moved/table.csv"));
  fs::rename(path("table.csv.provenance.json"), path("moved/table.csv.provenance.json"));
  write("moved/table.csv", content_of(path("moved/table.csv")) + "x,a,1,\r\n");
  EXPECT_THAT(run(3, {"verify", path("moved/table.csv")}).err, HasSubstr("the table"));

  predict({});
  fs::copy(path("run"), path("copy"), fs::copy_options::recursive);
  run(0, {"predict", path("copy"), path("pack"), "--split", "valid", "--out", path("valid.csv")});
  EXPECT_THAT(content_of(path("valid.csv.provenance.json")), HasSubstr("\"split\": \"valid\""));
  fs::remove_all(path("copy"));
  EXPECT_THAT(run(0, {"verify", path("valid.csv")}).err,
              testing::AllOf(HasSubstr("is not there"), HasSubstr("as far as the pieces are there"),
                             HasSubstr("the pack of the images")));
  run(0, {"export", path("run"), path("model.safetensors")});
  EXPECT_THAT(run(0, {"verify", path("model.safetensors")}).err,
              testing::AllOf(HasSubstr("the checkpoint"), HasSubstr("the pack that it was trained"),
                             testing::Not(HasSubstr("is not there"))));
}

TEST_F(Submission, WrongLabelsAreFoundAndCorrected) {
  run(0, {"relabel", path("run"), "--out", path("labels.csv"), "-n", "2"});
  const std::string labels = content_of(path("labels.csv"));
  EXPECT_THAT(labels, StartsWith("path,label,given,probability,given_probability\r\n"));
  EXPECT_THAT(labels, HasSubstr("\na/wrong.png,b,a,"));
  EXPECT_THAT(labels, HasSubstr("\nc/wrong.png,b,c,"));
  EXPECT_EQ(std::ranges::count(labels, '\n'), 3) << labels;
  EXPECT_THAT(run(0, {"relabel", path("run"), "--split", "train", "--out", "-"}).err,
              HasSubstr("was trained on the split 'train'"));

  std::vector<std::string> pages;
  for (const char* ranks : {"1", "2"}) {
    run(0, {"relabel", path("run"), "--out", "-", "--pictures", path("labels.html"), "--force",
            "-n", ranks});
    pages.push_back(content_of(path("labels.html")));
  }
  EXPECT_EQ(pages[0], pages[1]);
  const std::size_t first = pages[0].find("<bdi>wrong.png</bdi>");
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(pages[0].find("<bdi>wrong.png</bdi>", first + 1), std::string::npos);
  EXPECT_THAT(pages[0], HasSubstr("2 labels to look at"));
  EXPECT_THAT(pages[0], HasSubstr("<dt>said</dt><dd><bdi>b</bdi> ("));
  EXPECT_THAT(pages[0], HasSubstr("<img class=\"small\" src=\"data:image/png"));
  run(2, {"relabel", path("run"), "--out", "-", "--pictures", path("labels.html")});
  run(2, {"relabel", path("run"), "--out", "-", "--pictures", path("labels.png")});
  run(2, {"relabel", path("run"), "--out", path("x.html"), "--pictures", path("x.html")});

  write("labels.csv", labels + "d/none.png,a,b,1,0\r\n");
  const ProgramResult fixed = run(0, {"pack", path("images"), "--valid-list", path("valid.txt"),
                                      "--fix", path("labels.csv"), "--out", path("fixed")});
  EXPECT_THAT(fixed.err, HasSubstr("2 labels are corrected"));
  EXPECT_THAT(fixed.err, HasSubstr("1 of its paths are not in the source: d/none.png"));
  EXPECT_EQ(run(0, {"relabel", path("run"), "--pack", path("fixed"), "--out", "-"}).out,
            "path,label,given,probability,given_probability\r\n");
}

}  // namespace
}  // namespace lockstep
