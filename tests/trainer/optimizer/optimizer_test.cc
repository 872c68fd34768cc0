#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <gtest/gtest.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/sgd.h>

#include "core/error.h"
#include "trainer/optimizer/make_optimizer.h"

namespace lockstep {
namespace {

at::Tensor random_values(std::uint64_t seed) {
  return at::randn({1003}, at::make_generator<at::CPUGeneratorImpl>(seed));
}

/// A layout of two tensors over such values.
const FlatLayout kLayout = {{{"a", {1000}, {1}, 0}, {"b", {3}, {1}, 1000}}, 1003};

FlatTensors flat(const at::Tensor& values) { return {values, kLayout}; }

/// Steps ours and PyTorch's side by side, on gradients that ours gets as a sum of 8 samples, with a
/// moving rate.
template <typename Peer, typename PeerOptions>
void expect_equals_torch(const OptimizerOptions& options, PeerOptions peer_options) {
  const at::Tensor ours = random_values(1);
  at::Tensor theirs = ours.clone();
  const auto optimizer = make_optimizer(options, flat(ours));
  Peer peer(std::vector<at::Tensor>{theirs}, peer_options);
  for (int step = 0; step < 20; ++step) {
    const at::Tensor gradient = random_values(100 + static_cast<std::uint64_t>(step));
    const double rate = options.lr * (1 + 0.1 * step);
    peer.param_groups()[0].options().set_lr(rate);
    theirs.mutable_grad() = gradient.clone();
    peer.step();
    const at::Tensor sum = gradient * 8;
    const at::Tensor sum_before = sum.clone();
    optimizer->step(flat(ours), sum, at::scalar_tensor(1.0 / 8, at::kDouble), rate);
    ASSERT_TRUE(sum.equal(sum_before)) << "the reduction's result is read-only";
    ASSERT_TRUE(at::allclose(ours, theirs, 1e-5, 1e-6)) << "step " << step;
  }
  EXPECT_EQ(optimizer->steps(), 20);
}

OptimizerOptions options_for(OptimizerKind kind) {
  OptimizerOptions options;
  options.name = kind;
  options.lr = 0.01;
  options.weight_decay = 0.05;
  return options;
}

TEST(Sgd, WithNesterovMomentumEqualsTorch) {
  OptimizerOptions options = options_for(OptimizerKind::sgd);
  options.nesterov = true;
  expect_equals_torch<torch::optim::SGD>(
      options,
      torch::optim::SGDOptions(options.lr).momentum(0.9).nesterov(true).weight_decay(0.05));
}

TEST(Sgd, WithPlainMomentumEqualsTorch) {
  const OptimizerOptions options = options_for(OptimizerKind::sgd);
  expect_equals_torch<torch::optim::SGD>(
      options, torch::optim::SGDOptions(options.lr).momentum(0.9).weight_decay(0.05));
}

TEST(Sgd, WithoutMomentumEqualsTorch) {
  OptimizerOptions options = options_for(OptimizerKind::sgd);
  options.momentum = 0;
  expect_equals_torch<torch::optim::SGD>(options,
                                         torch::optim::SGDOptions(options.lr).weight_decay(0.05));
}

TEST(Adam, EqualsTorch) {
  const OptimizerOptions options = options_for(OptimizerKind::adam);
  expect_equals_torch<torch::optim::Adam>(options,
                                          torch::optim::AdamOptions(options.lr).weight_decay(0.05));
}

TEST(AdamW, EqualsTorch) {
  const OptimizerOptions options = options_for(OptimizerKind::adamw);
  expect_equals_torch<torch::optim::AdamW>(
      options, torch::optim::AdamWOptions(options.lr).weight_decay(0.05));
}

TEST(Optimizer, ContinuesToTheBitFromItsState) {
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    const OptimizerOptions options = options_for(kind);
    at::Tensor parameters = random_values(1);
    const auto first = make_optimizer(options, flat(parameters));
    for (std::uint64_t step = 0; step < 5; ++step)
      first->step(flat(parameters), random_values(step), at::scalar_tensor(0.5, at::kDouble), 0.01);

    at::Tensor restored = parameters.clone();
    const auto second = make_optimizer(options, flat(restored));
    second->set_steps(first->steps());
    auto saved = first->state();
    auto loaded = second->state();
    for (std::size_t i = 0; i < saved.size(); ++i) loaded[i].second.copy_(saved[i].second);
    for (std::uint64_t step = 5; step < 9; ++step) {
      first->step(flat(parameters), random_values(step), at::scalar_tensor(0.5, at::kDouble), 0.01);
      second->step(flat(restored), random_values(step), at::scalar_tensor(0.5, at::kDouble), 0.01);
    }
    EXPECT_TRUE(parameters.equal(restored)) << name;
  }
}

TEST(Optimizer, NesterovWithoutMomentumIsRefused) {
  OptimizerOptions options = options_for(OptimizerKind::sgd);
  options.nesterov = true;
  options.momentum = 0;
  EXPECT_THROW(make_optimizer(options, flat(random_values(1))), Error);
}

}  // namespace
}  // namespace lockstep
