// Images that the program draws itself: a run without any data shows whether training learns.

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace lockstep {
namespace {

/// The accuracy on the validation images of a model that was trained on the others.
double accuracy_of(const std::string& kind, const std::string& model) {
  const TemporaryDirectory directory;
  const ProgramResult packed =
      lockstep_program({"pack", "--synthetic", kind, "--samples", "2000", "--valid-fraction", "0.2",
                        "--size", "16", "--out", directory / "pack"});
  EXPECT_EQ(packed.exit_code, 0) << packed.err;
  std::ofstream(directory / "config.yaml") << fmt::format(R"(
data: {{pack: {}}}
model: {{name: {}}}
train: {{epochs: 8, batch: 8, lanes: 2, device: cpu}}
optimizer: {{name: sgd, lr: 0.1, lr_scaling: none, momentum: 0.9, nesterov: true, weight_decay: 5.0e-4}}
schedule: {{name: cosine, warmup_epochs: 0.5}}
)",
                                                          (directory / "pack").string(), model);
  const std::string run = directory / "run";
  const ProgramResult trained =
      lockstep_program({"train", directory / "config.yaml", "-n", "2", "run.dir=" + run});
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  const ProgramResult evaluated = lockstep_program({"eval", run, "--json"});
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  return nlohmann::json::parse(evaluated.out).at("accuracy");
}

TEST(Synthetic, ShapesAreLearnedByConvolutionsAndNotByALinearModel) {
  EXPECT_GT(accuracy_of("shapes", "simple_cnn"), 0.9);
  EXPECT_LT(accuracy_of("shapes", "linear"), 0.5);
}

TEST(Synthetic, BlobsAreLearnedByALinearModel) { EXPECT_GT(accuracy_of("blobs", "linear"), 0.95); }

}  // namespace
}  // namespace lockstep
