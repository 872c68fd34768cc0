#include <array>

#include <ATen/ops/allclose.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "comm/reduction/make_lane_reducer.h"
#include "trainer/lane/flat_model.h"
#include "trainer/lane/numerics.h"
#include "trainer/task/classification.h"

namespace lockstep {
namespace {

/// Without BatchNorm, so that a batch in pieces has the gradient of the whole.
class LinearModel final : public ImageModel {
 public:
  LinearModel() : fc_(16, 5) { register_module("fc", fc_); }
  at::Tensor features(at::Tensor images) override { return images.flatten(1); }
  at::Tensor head(const at::Tensor& features) override { return fc_(features); }
  std::vector<ModelStage> stages() const override { return {{"head", {"fc."}}}; }

 private:
  torch::nn::Linear fc_;
};

TEST(WeightedLanes, OfUnevenSizesHaveTheGradientOfTheWholeBatchsWeightedMean) {
  at::manual_seed(3);
  const std::array<std::int64_t, 3> sizes = {2, 5, 1};
  const DeviceBatch whole{.images = at::randn({8, 1, 4, 4}),
                          .weights = at::rand({8}) * 3,
                          .labels = at::randint(5, {8}, at::kLong)};
  const Classification task({.kind = TaskKind::classification,
                             .names = {"a", "b", "c", "d", "e"},
                             .target_mean = {},
                             .target_std = {}});
  const LaneTail tail = task.tail();

  FlatModel flat(std::make_shared<LinearModel>(), at::kCPU, tail.elements());
  const auto communicator = make_single_communicator();
  const auto reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::exact, .lanes = 3, .elements = flat.lane_elements()});
  flat.attach_slots(reducer->slots());
  std::int64_t begin = 0;
  for (int lane = 0; lane < 3; ++lane) {
    const std::int64_t size = sizes[static_cast<std::size_t>(lane)];
    const int slot = reducer->begin_lane(lane);
    flat.use_slot(slot);
    const DeviceBatch part{.images = whole.images.narrow(0, begin, size),
                           .weights = whole.weights.narrow(0, begin, size),
                           .labels = whole.labels.narrow(0, begin, size)};
    const BatchSums sums =
        sum_batch(task, run_network(flat.model(), part.images, Precision::fp32), part);
    sums.loss.backward();
    at::Tensor buffer = reducer->slots()[static_cast<std::size_t>(slot)];
    tail.write(sums.values, flat.tail_in(buffer));
    reducer->end_lane(lane);
    begin += size;
  }
  const at::Tensor sum = reducer->reduce();
  const double weight = tail.read(flat.tail_in(sum)).reals[0];
  EXPECT_NEAR(weight, whole.weights.sum().item<double>(), 1e-5);
  const at::Tensor gradient =
      view_of(flat.gradients_in(sum), flat.parameter_layout().entries[0]) / weight;

  const at::Tensor fc =
      flat.model().named_parameters()["fc.weight"].detach().clone().requires_grad_();
  const at::Tensor bias = flat.model().named_parameters()["fc.bias"].detach();
  const at::Tensor logits = whole.images.flatten(1).matmul(fc.t()) + bias;
  const at::Tensor losses = at::cross_entropy_loss(logits, whole.labels, {}, at::Reduction::None);
  ((losses * whole.weights).sum() / whole.weights.sum()).backward();
  EXPECT_TRUE(at::allclose(gradient, fc.grad(), 1e-5, 1e-7));
}

}  // namespace
}  // namespace lockstep
