#include <gtest/gtest.h>

#include "comm/reduction/make_lane_reducer.h"
#include "models/make_model.h"
#include "tests/trainer/tiny_data.h"
#include "trainer/optimizer/make_optimizer.h"
#include "trainer/step/step_runner.h"
#include "trainer/task/classification.h"

namespace lockstep {
namespace {

/// A loss of 0 whose gradient is none.
class NoGradient final : public Task {
 public:
  NoGradient() : Task(tiny_task(TaskKind::classification)) {}
  at::Tensor losses(const at::Tensor& outputs, const DeviceBatch&) const override {
    return (outputs - outputs.detach()).abs().sqrt().sum(1);
  }
  SumShape own_sums() const override { return usual_.own_sums(); }
  at::Tensor sums(const at::Tensor& outputs, const DeviceBatch& batch) const override {
    return usual_.sums(outputs, batch);
  }
  std::vector<Metric> metrics() const override { return usual_.metrics(); }
  std::vector<double> values(const TaskSums& sums) const override { return usual_.values(sums); }
  std::optional<double> uninformed_loss() const override { return 0; }
  at::Tensor predict(const at::Tensor& outputs) const override { return outputs; }
  at::Tensor mean_outputs(const std::vector<at::Tensor>& outputs) const override {
    return outputs[0];
  }

 private:
  Classification usual_{tiny_task(TaskKind::classification)};
};

StepResult one_step(const Task& task, bool looks, const OptimizerOptions& options = {.lr = 0.1}) {
  const auto communicator = make_single_communicator();
  FlatModel model(
      make_model({.name = "linear"}, {.channels = 1, .outputs = 10, .height = 8, .width = 8}, 1),
      at::kCPU, task.tail().elements());
  const auto optimizer = make_optimizer(options, {model.parameters(), model.parameter_layout()});
  const auto reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::exact, .lanes = 1, .elements = model.lane_elements()});
  StepRunner runner({.looks_for_infinities = looks},
                    {.model = model, .task = task, .optimizer = *optimizer, .reducer = *reducer});
  const auto data = std::make_shared<TinyData>(8);
  BatchFeed feed(data, tiny_loader(),
                 training_batches({.samples = 8, .batch = 8, .lanes = 1, .last_lane = 1}),
                 at::kCPU);
  runner.begin(feed, 0, {.rate = options.lr}, {});
  return runner.end();
}

TEST(Infinities, AreTheGradientsOrTheUpdates) {
  const Classification usual(tiny_task(TaskKind::classification));
  const StepResult good = one_step(usual, true);
  EXPECT_TRUE(good.gradient_is_finite && good.parameters_are_finite);
  EXPECT_EQ(good.sums, one_step(usual, false).sums);

  const StepResult far = one_step(usual, true, {.lr = 1e38, .weight_decay = 100});
  EXPECT_TRUE(far.gradient_is_finite);
  EXPECT_FALSE(far.parameters_are_finite);

  const StepResult none = one_step(NoGradient(), true);
  EXPECT_EQ(none.sums.loss, 0);
  EXPECT_FALSE(none.gradient_is_finite);
  EXPECT_TRUE(one_step(NoGradient(), false).gradient_is_finite) << "nobody looked";
}

}  // namespace
}  // namespace lockstep
