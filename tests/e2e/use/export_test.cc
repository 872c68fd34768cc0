// What other tools make of an exported model.

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <fmt/format.h>

#include "imaging/codec/encode.h"
#include "tests/e2e/job_test.h"
#include "tests/python.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// PyTorch from the wheel that LibTorch is taken from, by its folder in sys.argv[1]. It runs where
/// the CUDA libraries are beside it.
constexpr const char* kImports = R"(
import sys
sys.path.append(sys.argv[1])
import torch, torchvision, PIL.Image
)";

/// Behind the example: its `model` and `about` answer what the table of sys.argv[2] answers.
constexpr const char* kComparison = R"(
import csv, pathlib
import numpy

rows = list(csv.reader(open(sys.argv[2], newline="")))
assert len(rows) == 13 and rows[0][4:] == about["task"]["outputs"], rows[0]
mean, std = (numpy.float32(about["input"][name]) for name in ("mean", "std"))
assert about["crop"] == 1 and about["input"]["height"] == 32
for row in rows[1:]:
    pixels = numpy.asarray(PIL.Image.open(pathlib.Path("pictures", row[0])), numpy.float32)
    image = torch.from_numpy((pixels / 255 - mean) / std).permute(2, 0, 1)[None]
    with torch.no_grad():
        expected = torch.log_softmax(model(image)[0], 0)
    ours = torch.tensor([float(cell) for cell in row[4:]]).log()
    assert (ours - expected).abs().max() < 1e-4, (row, expected)
)";

/// The Python of docs/weights.md.
std::string example_of_docs() {
  std::ostringstream text;
  text << std::ifstream(fs::path(LOCKSTEP_SOURCE_DIR) / "docs" / "weights.md").rdbuf();
  const std::string page = text.str();
  const std::string open = "```python\n";
  const std::size_t begin = page.find(open) + open.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

void write_pictures(const fs::path& folder) {
  std::mt19937 random(1);
  for (int i = 0; i < 12; ++i) {
    std::vector<std::uint8_t> pixels(std::size_t{32} * 32 * 3);
    for (std::uint8_t& pixel : pixels) {
      pixel = static_cast<std::uint8_t>(random() % 128 + (i % 3) * 60);
    }
    const std::vector<std::byte> png = encode_png({pixels.data(), 32, 32, 3, 96});
    const fs::path file = folder / fmt::format("class{}", i % 3) / fmt::format("{}.png", i);
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(png.data()), static_cast<std::streamsize>(png.size()));
  }
}

TEST(Export, ThePythonExampleOfTheDocsAnswersAsPredictDoes) {
  const std::string torch = fs::path(LOCKSTEP_LIBTORCH_DIR).parent_path().string();
  const PythonResult there = run_python(kImports, {torch});
  if (there.exit_code != 0) GTEST_SKIP() << "no PyTorch with torchvision here: " << there.output;

  const SmallJob job;
  const auto path = [&](const char* name) { return job.run_dir(name).string(); };
  const auto run = [](const std::vector<std::string>& words) {
    const ProgramResult result = lockstep_program(words);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  };
  write_pictures(job.run_dir("pictures"));
  run({"pack", path("pictures"), "--out", path("colours")});
  run(job.train("run", 1,
                {"data.pack=" + path("colours"), "data.valid=", "model.name=mobilenet_v3_small",
                 "data.image_size=32", "train.batch=4", "train.lanes=1", "train.max_steps=2"}));
  run({"export", path("run"), path("mine.safetensors")});
  run({"predict", path("run"), path("pictures"), "--probabilities", "--out", path("table.csv")});

  const std::string script = fmt::format("{}import os\nos.chdir(sys.argv[3])\n{}{}", kImports,
                                         example_of_docs(), kComparison);
  const PythonResult compared =
      run_python(script, {torch, path("table.csv"), job.run_dir("").string()});
  EXPECT_EQ(compared.exit_code, 0) << compared.output;
}

}  // namespace
}  // namespace lockstep
