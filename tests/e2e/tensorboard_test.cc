// What a run tells TensorBoard is what it tells metrics.jsonl, through every restart.

#include <fstream>
#include <map>

#include <gtest/gtest.h>

#include "tests/e2e/job_test.h"
#include "tests/python.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr const char* kScalars = R"(
import json, sys
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tb_logging, tensor_util
tb_logging.get_logger().setLevel("ERROR")
events = plugin_event_accumulator.EventAccumulator(sys.argv[1], {"tensors": 0}).Reload()
values = lambda tag: [[e.step, e.wall_time, tensor_util.make_ndarray(e.tensor_proto).tolist()] for e in events.Tensors(tag)]
images = {tag: [[e.step, tensor_util.make_ndarray(e.tensor_proto)[2][:4].hex()] for e in events.Tensors(tag)]
          for tag in events.PluginTagToContent("images")}
print(json.dumps({"scalars": {tag: values(tag) for tag in events.PluginTagToContent("scalars")},
                  "images": images, "hparams": list(events.PluginTagToContent("hparams"))}))
)";

class TensorBoardOfARun : public JobTest {
 protected:
  void SetUp() override {
    if (const std::string lacks = python_lacks({"tensorboard"}); !lacks.empty()) {
      GTEST_SKIP() << lacks;
    }
  }
  static void train(const std::string& run, int ranks, std::vector<std::string> more) {
    more.insert(more.begin(), {"log.every_steps=5", "log.tensorboard=true", "train.epochs=2"});
    const ProgramResult result = lockstep_program(job_->train(run, ranks, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
  }
  static nlohmann::json read(const std::string& run) {
    const PythonResult result = run_python(kScalars, {job_->run_dir(run).string()});
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return nlohmann::json::parse(result.output);
  }
  /// What is to be seen: (step, time, value) of each tag.
  static nlohmann::json expected(const std::string& run) {
    std::map<std::string, nlohmann::json> tags;
    std::map<std::string, std::int64_t> last;
    std::ifstream file(job_->run_dir(run) / "metrics.jsonl");
    for (std::string text; std::getline(file, text);) {
      const nlohmann::json line = nlohmann::json::parse(text);
      const bool is_epoch = line.at("kind") == "epoch";
      const auto add = [&](const std::string& tag, const char* key) {
        const float value = line.at(key).get<float>();
        if (last[tag] == line.at("step")) return;
        last[tag] = line.at("step");
        tags[tag].push_back({line.at("step"), line.at("time"), value});
      };
      add("lr", "lr");
      add(is_epoch ? "train_epoch/loss" : "train/loss", is_epoch ? "train/loss" : "loss");
      if (is_epoch) add("valid/accuracy", "valid/accuracy");
    }
    return tags;
  }
  static void expect_the_same(const std::string& run) {
    const nlohmann::json found = read(run).at("scalars");
    const nlohmann::json wanted = expected(run);
    for (const auto& [tag, values] : wanted.items()) {
      EXPECT_EQ(found.at(tag), values) << run << " " << tag;
    }
  }
  /// That of what is trained on, and a confusion matrix of each epoch's end.
  static nlohmann::json pictures(const std::vector<int>& ends) {
    nlohmann::json confusion = nlohmann::json::array();
    for (const int step : ends) confusion.push_back({step, "89504e47"});
    return {{"train/images", {{0, "89504e47"}}}, {"valid/confusion", confusion}};
  }
  static int event_files(const std::string& run) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(job_->run_dir(run))) {
      count += entry.path().filename().string().find("tfevents") != std::string::npos ? 1 : 0;
    }
    return count;
  }
};

TEST_F(TensorBoardOfARun, HasNoStepTwiceAndNoneLessThroughRestarts) {
  train("stopped", 2, {"train.max_steps=13"});
  expect_the_same("stopped");
  // Steps that the checkpoint does not have, as of a job that was killed.
  std::ofstream(job_->run_dir("stopped") / "metrics.jsonl", std::ios::app)
      << R"({"kind":"step","step":15,"epoch":0.5,"loss":77.0,"lr":7.0,"time":1.0})"
      << "\n{\"kind\":\"st";
  train("stopped", 1, {"train.max_steps=45"});
  const nlohmann::json found = read("stopped");
  EXPECT_EQ(found.at("scalars").at("train/loss").size(), 9u) << "every 5 of 45 steps";
  EXPECT_EQ(found.at("images"), pictures({31}));
  EXPECT_EQ(found.at("hparams"), nlohmann::json({"_hparams_/session_start_info"}));
  expect_the_same("stopped");
  EXPECT_EQ(event_files("stopped"), 1);
  train("stopped", 3, {});
  EXPECT_EQ(read("stopped").at("images"), pictures({31, 62})) << "that of the first epoch is kept";
  expect_the_same("stopped");
}

TEST_F(TensorBoardOfARun, BeganWithoutIsThereFromItsFirstStep) {
  train("later", 1, {"train.max_steps=10", "log.tensorboard=false"});
  EXPECT_EQ(event_files("later"), 0);
  train("later", 1, {"train.max_steps=20"});
  EXPECT_EQ(read("later").at("scalars").at("train/loss").size(), 4u);
  expect_the_same("later");
}

}  // namespace
}  // namespace lockstep
