// Names that come with data have no power over the terminal on which they are printed.

#include <fmt/format.h>

#include "tests/e2e/job_test.h"

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

TEST(Names, OfClassesFilesAndSplitsAreEscapedWhereverTheyArePrinted) {
  const TemporaryDirectory directory;
  const fs::path images = directory / "images", pack = directory / "pack", run = directory / "run";
  const fs::path picture = fs::path(LOCKSTEP_SOURCE_DIR) / "tests/imaging/golden/affine.png";
  for (const char* split : {"train", "valid"}) {
    for (const char* name : {"cat\x1b[2J", "dog\x1b]0;owned\x07"}) {
      const fs::path folder = images / split / name;
      fs::create_directories(folder);
      for (int i = 0; i < 4; ++i) {
        fs::copy_file(picture, folder / fmt::format("{}\x1b[31m{}.png", split, i));
      }
    }
  }
  std::ofstream(images / "train" / "cat\x1b[2J" / "bad\x1b[31m.png") << "no picture";
  const auto expect_harmless = [](const std::vector<std::string>& words) {
    const ProgramResult result = lockstep_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    for (const std::string& text : {result.out, result.err}) {
      EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << words.front();
      EXPECT_THAT(text, Not(HasSubstr("\x07"))) << words.front();
    }
  };
  expect_harmless({"pack", images.string(), "--out", pack.string()});
  expect_harmless({"inspect", pack.string()});
  expect_harmless({"inspect", pack.string(), "--json"});
  expect_harmless({"verify", pack.string()});
  const fs::path config = directory / "c.yaml";
  std::ofstream(config) << fmt::format(
      "data: {{pack: {}}}\nmodel: {{name: linear}}\ntrain: {{epochs: 1, batch: 4, lanes: 2, "
      "device: cpu}}\n",
      pack.string());
  expect_harmless({"train", config.string(), "run.dir=" + run.string()});
  expect_harmless({"status", run.string()});
  expect_harmless({"status", run.string(), "--json"});
  expect_harmless({"stop", run.string()});
  expect_harmless({"checkpoints", run.string()});
  expect_harmless({"eval", run.string()});
  expect_harmless({"eval", run.string(), "--json"});
}

}  // namespace
}  // namespace lockstep
