// Regression and multi-label, from a table of images to an evaluation: the same bits on any number
// of ranks.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "imaging/codec/encode.h"
#include "tests/e2e/program.h"
#include "tests/python.h"
#include "trainer/task/task_spec.h"

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using Words = std::vector<std::string>;

constexpr int kSide = 12;

/// A grey picture of noise with bars, brighter by `light`, in some of its rows.
std::vector<std::byte> png_of_bars(const std::vector<bool>& rows, int light, std::mt19937& random) {
  std::vector<std::uint8_t> pixels;
  for (int pixel = 0; pixel < kSide * kSide; ++pixel) {
    const bool bar = rows[static_cast<std::size_t>(pixel / kSide)];
    pixels.push_back(
        static_cast<std::uint8_t>(static_cast<int>(random() % 40) + (bar ? light : 0)));
  }
  return encode_png({pixels.data(), kSide, kSide, 1, kSide});
}

/// What is drawn, and its labels as a table has them.
struct Drawing {
  std::vector<bool> rows = std::vector<bool>(kSide);
  int light = 150;
  std::string labels;
};

Drawing draw(TaskKind kind, std::mt19937& random) {
  Drawing drawing;
  if (kind == TaskKind::regression) {
    const std::size_t place = random() % kSide;
    drawing.light = 80 + static_cast<int>(random() % 130);
    drawing.rows[place] = true;
    drawing.labels = fmt::format("{:.2f},{}", drawing.light * 0.01, 2500 + 100 * place);
  } else {
    for (const std::size_t place : {1, 5, 9}) {
      drawing.rows[place] = random() % 2 == 1;
      drawing.labels += drawing.labels.empty() ? "" : ",";
      drawing.labels += drawing.rows[place] ? "1" : "0";
    }
  }
  return drawing;
}

/// A pack of 700 pictures for training and 100 for validation, made by `lockstep pack` from a
/// table, and a config that trains on it in a few seconds.
class TableJob {
 public:
  explicit TableJob(TaskKind kind) {
    const bool numbers = kind == TaskKind::regression;
    const std::string columns = numbers ? "light,place_mm" : "upper,middle,lower";
    write_images(kind, columns);
    const ProgramResult packed = lockstep_program(
        {"pack", path("images/labels.csv"), "--task", numbers ? "regression" : "multi_label",
         "--label-columns", columns, "--encode", "raw", "--out", path("pack")});
    if (packed.exit_code != 0) throw std::runtime_error(packed.err);
    std::ofstream(path("config.yaml")) << fmt::format(R"(
data: {{pack: {}, augment: {{mixup: 0.2, mix_probability: 0.3}}}}
train: {{epochs: 8, batch: 8, lanes: 3, device: cpu}}
optimizer: {{name: adamw, lr: 0.02}}
schedule: {{warmup_epochs: 0.5}}
log: {{every_steps: 10}}
)",
                                                      path("pack"));
  }

  std::string path(const std::string& name) const { return directory_ / name; }

  Words train(const std::string& run, int ranks, Words more = {}) const {
    more.insert(more.begin(), {"train", path("config.yaml"), "-n", std::to_string(ranks),
                               "run.dir=" + path(run)});
    return more;
  }
  /// Trains to the end.
  RunState trained(const std::string& run, int ranks, const Words& more = {}) const {
    const ProgramResult result = lockstep_program(train(run, ranks, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return newest_state(path(run));
  }
  nlohmann::json evaluated(const std::string& run, int ranks) const {
    const ProgramResult result =
        lockstep_program({"eval", path(run), "-n", std::to_string(ranks), "--json"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return nlohmann::json::parse(result.out);
  }

 private:
  void write_images(TaskKind kind, const std::string& columns) const {
    std::filesystem::create_directory(path("images"));
    std::ofstream table(path("images/labels.csv"));
    table << "path," << columns << ",split\n";
    std::mt19937 random(3);
    for (int i = 0; i < 800; ++i) {
      const Drawing drawing = draw(kind, random);
      const std::string name = fmt::format("{:03}.png", i);
      table << fmt::format("{},{},{}\n", name, drawing.labels, i < 700 ? "train" : "valid");
      const std::vector<std::byte> file = png_of_bars(drawing.rows, drawing.light, random);
      std::ofstream(path("images/" + name), std::ios::binary)
          .write(reinterpret_cast<const char*>(file.data()),
                 static_cast<std::streamsize>(file.size()));
    }
  }

  TemporaryDirectory directory_;
};

class OfATable : public testing::TestWithParam<TaskKind> {};

INSTANTIATE_TEST_SUITE_P(OfEveryTask, OfATable,
                         testing::Values(TaskKind::multi_label, TaskKind::regression),
                         [](const auto& of) { return std::string(name_of(of.param)); });

TEST_P(OfATable, TheSameBitsOnOneToThreeRanksThroughAKillAndARestart) {
  const TableJob job(GetParam());
  const RunState one = job.trained("one", 1);
  EXPECT_EQ(one.step, 8 * 29);
  EXPECT_EQ(job.trained("two", 2), one);
  EXPECT_EQ(job.trained("three", 3), one);

  const Words often = {"checkpoint.every_steps=10", "checkpoint.keep=0"};
  RunningProgram killed(lockstep_words(job.train("killed", 3, often)));
  while (!std::filesystem::exists(job.path("killed/checkpoints/step_00000020"))) {
    ASSERT_TRUE(killed.running_after(milliseconds(5))) << killed.err();
  }
  ::kill(killed.family().back(), SIGKILL);
  EXPECT_EQ(killed.wait().exit_code, 5);
  EXPECT_EQ(job.trained("killed", 2, often), one);

  const nlohmann::json evaluation = job.evaluated("one", 1);
  EXPECT_EQ(job.evaluated("one", 3), evaluation);
  EXPECT_EQ(evaluation.at("evaluated"), 100);
  EXPECT_EQ(evaluation.at("task"), name_of(GetParam()));
}

/// simple_cnn in NumPy, on the weights, pixels and targets that the files hold: the mean absolute
/// error of each target.
constexpr const char* kErrorsInNumPy = R"(
import json, sys, h5py, numpy
from safetensors.numpy import load_file
pack, checkpoint = sys.argv[1:]
weights = {name: value.astype(numpy.float64) for name, value in load_file(checkpoint + "/model.safetensors").items()}
state = json.load(open(checkpoint + "/state.json"))
with h5py.File(pack + "/valid-00000.h5") as shard:
    names = [name.decode() for name in shard["label_names"][:]]
    targets = shard["index"]["label"].astype(numpy.float64)
    x = shard["bytes"][:].reshape(len(targets), 1, 12, 12) / 255
assert names == state["task"]["outputs"] == ["light", "place_mm"], names
x = (x - state["input"]["mean"][0]) / state["input"]["std"][0]
for layer, pool in ("1", True), ("2", True), ("3", False):
    padded = numpy.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
    x = numpy.einsum("nchwij,ocij->nohw", windows, weights[f"conv{layer}.weight"], optimize=True)
    norm = lambda name: weights[f"bn{layer}.{name}"][None, :, None, None]
    x = (x - norm("running_mean")) / numpy.sqrt(norm("running_var") + 1e-5) * norm("weight") + norm("bias")
    x = numpy.maximum(x, 0)
    if pool: x = x.reshape(*x.shape[:2], x.shape[2] // 2, 2, x.shape[3] // 2, 2).max(axis=(3, 5))
outputs = x.mean(axis=(2, 3)) @ weights["fc.weight"].T + weights["fc.bias"]
predicted = outputs * state["task"]["target_std"] + state["task"]["target_mean"]
print(json.dumps(numpy.abs(predicted - targets).mean(axis=0).tolist()))
)";

TEST(Regression, LearnsAndItsMeanAbsoluteErrorIsThatOfNumPy) {
  if (const std::string lack = python_lacks({"h5py", "numpy", "safetensors"}); !lack.empty()) {
    GTEST_SKIP() << lack;
  }
  const TableJob job(TaskKind::regression);
  job.trained("run", 2);
  const nlohmann::json evaluation = job.evaluated("run", 2);
  EXPECT_LT(evaluation.at("mae_light"), 0.15) << "of numbers from 0.8 to 2.1";
  EXPECT_LT(evaluation.at("mae_place_mm"), 200) << "of numbers from 2500 to 3600";
  const PythonResult result = run_python(
      kErrorsInNumPy, {job.path("pack"), evaluation.at("checkpoint").get<std::string>()});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const auto errors = nlohmann::json::parse(result.output).get<std::vector<double>>();
  EXPECT_NEAR(evaluation.at("mae_light").get<double>() / errors[0], 1, 1e-4);
  EXPECT_NEAR(evaluation.at("mae_place_mm").get<double>() / errors[1], 1, 1e-4);
}

TEST(MultiLabel, LearnsItsFlags) {
  const TableJob job(TaskKind::multi_label);
  job.trained("run", 2);
  const nlohmann::json evaluation = job.evaluated("run", 1);
  EXPECT_GT(evaluation.at("f1"), 0.9);
  EXPECT_GT(evaluation.at("exact_match"), 0.8);
}

TEST(Tasks, OfAPackWithOtherLabelsThanTheModelsAreRefused) {
  const TableJob flags(TaskKind::multi_label), numbers(TaskKind::regression);
  numbers.trained("run", 1, {"train.max_steps=2"});
  const ProgramResult other =
      lockstep_program({"eval", numbers.path("run"), "--pack", flags.path("pack")});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_NE(other.err.find("trained for regression"), std::string::npos) << other.err;
}

TEST(Tasks, AMetricThatTheTaskLacksIsRefusedBeforeTraining) {
  const TableJob job(TaskKind::regression);
  const ProgramResult result =
      lockstep_program(job.train("run", 1, {"checkpoint.best=valid/accuracy"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("valid/mae"), std::string::npos) << result.err;
  EXPECT_FALSE(std::filesystem::exists(job.path("run/checkpoints/step_00000029")));
}

/// What the losses and options of each task are: a new one is a line here.
std::vector<Words> crafts_of(TaskKind kind) {
  if (kind == TaskKind::multi_label) {
    return {{"task.positive_weights=balanced", "task.threshold=0.4", "checkpoint.best=valid/map"},
            {"task.loss=focal", "task.focal_gamma=1"},
            {"task.name=regression"},
            {"task.name=multi_label", "task.label_smoothing=0.1"}};
  }
  return {{"task.loss=l1", "schedule.name=plateau", "schedule.metric=valid/r2"},
          {"task.loss=huber", "task.huber_delta=0.5"},
          {"fine_tune.head_epochs=1"}};
}

TEST_P(OfATable, EveryLossHasTheSameBitsThroughARestart) {
  const TableJob job(GetParam());
  std::set<std::string> digests;
  const std::vector<Words> crafts = crafts_of(GetParam());
  for (std::size_t i = 0; i < crafts.size(); ++i) {
    Words keys = crafts[i];
    keys.insert(keys.end(), {"train.epochs=2", "train.max_steps=0"});
    const std::string name = fmt::format("craft{}", i);
    const RunState undisturbed = job.trained(name, 1, keys);
    digests.insert(undisturbed.digest);
    keys.back() = "train.max_steps=29";
    job.trained(name + " cut", 3, keys);
    keys.back() = "train.max_steps=0";
    EXPECT_EQ(job.trained(name + " cut", 2, keys), undisturbed) << keys.front();
  }
  EXPECT_EQ(digests.size(), crafts.size()) << "each is another";
}

TEST(Tasks, OptionsOfAnotherTaskAreRefused) {
  const TableJob numbers(TaskKind::regression), flags(TaskKind::multi_label);
  const auto refuse = [](const TableJob& job, const char* key, const char* message) {
    const ProgramResult result = lockstep_program(job.train("refused", 1, {key}));
    EXPECT_EQ(result.exit_code, 2) << key << result.err;
    EXPECT_NE(result.err.find(message), std::string::npos) << result.err;
  };
  refuse(numbers, "task.name=multi_label", "flags are 0 or 1");
  refuse(numbers, "task.name=classification", "labels are for regression");
  refuse(numbers, "task.loss=cross_entropy", "use one of mse, l1, huber");
  refuse(numbers, "task.label_smoothing=0.1", "has none");
  refuse(numbers, "task.threshold=[0.5]", "for several labels");
  refuse(flags, "task.threshold=[0.5, 0.2]", "one for each of the 3 labels");
  refuse(flags, "task.threshold=[0.5, 2, 1]", "must be");
  refuse(flags, "task.huber_delta=2", "no effect with task.loss: auto");
}

/// Every file of configs/ trains a few steps on a small pack of its kind.
TEST(Recipes, RunAsTheyAre) {
  const SmallJob classes;
  const TableJob numbers(TaskKind::regression), flags(TaskKind::multi_label);
  int recipes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(LOCKSTEP_SOURCE_DIR "/configs")) {
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const std::string pack =
        text.find("name: regression") != std::string::npos    ? numbers.path("pack")
        : text.find("name: multi_label") != std::string::npos ? flags.path("pack")
                                                              : classes.pack().string();
    const std::string run = numbers.path(entry.path().stem().string());
    Words words = {"train",
                   entry.path().string(),
                   "run.dir=" + run,
                   "data.pack=" + pack,
                   "model.weights=",
                   "train.device=cpu",
                   "train.batch=2",
                   "train.lanes=2",
                   "data.image_size=32",
                   "--dry-run"};
    const ProgramResult plan = lockstep_program(words);
    EXPECT_EQ(plan.exit_code, 0) << entry.path() << plan.err;
    words.back() = "train.max_steps=2";
    const ProgramResult trained = lockstep_program(words);
    EXPECT_EQ(trained.exit_code, 0) << entry.path() << trained.err;
    EXPECT_EQ(newest_state(run).step, 2) << entry.path();
    std::filesystem::remove_all(run);
    ++recipes;
  }
  EXPECT_GE(recipes, 10);
}

}  // namespace
}  // namespace lockstep
