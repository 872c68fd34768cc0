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
#include "trainer/lane_runner.h"

namespace lockstep {
namespace {

/// Without BatchNorm, so that a batch in pieces has the gradient of the whole.
class LinearModel final : public ImageModel {
 public:
  LinearModel() : fc_(16, 5) { register_module("fc", fc_); }
  at::Tensor forward(at::Tensor images) override { return fc_(images.flatten(1)); }

 private:
  torch::nn::Linear fc_;
};

TEST(WeightedLanes, OfUnevenSizesHaveTheGradientOfTheWholeBatchsWeightedMean) {
  at::manual_seed(3);
  const std::array<std::int64_t, 3> sizes = {2, 5, 1};
  const DeviceBatch whole{at::randn({8, 1, 4, 4}), at::randint(5, {8}, at::kLong),
                          at::rand({8}) * 3};

  FlatModel flat(std::make_shared<LinearModel>(), at::kCPU);
  const auto communicator = make_single_communicator();
  const auto reducer = make_lane_reducer(
      *communicator, {.kind = ReductionKind::exact, .lanes = 3, .elements = flat.lane_elements()});
  flat.attach_slots(reducer->slots());
  std::int64_t begin = 0;
  for (int lane = 0; lane < 3; ++lane) {
    const std::int64_t size = sizes[static_cast<std::size_t>(lane)];
    const int slot = reducer->begin_lane(lane);
    flat.use_slot(slot);
    const BatchSums sums =
        forward(flat.model(),
                {whole.images.narrow(0, begin, size), whole.labels.narrow(0, begin, size),
                 whole.weights.narrow(0, begin, size)},
                Precision::fp32);
    sums.loss.backward();
    at::Tensor buffer = reducer->slots()[static_cast<std::size_t>(slot)];
    flat.tail_in(buffer)[FlatModel::kWeight] = sums.values[BatchSums::kWeight];
    reducer->end_lane(lane);
    begin += size;
  }
  const at::Tensor sum = reducer->reduce();
  const at::Tensor weight = flat.tail_in(sum)[FlatModel::kWeight];
  EXPECT_TRUE(at::allclose(weight, whole.weights.sum()));
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
