#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
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
    optimizer->step(flat(ours), sum, at::scalar_tensor(1.0 / 8, at::kDouble), {.rate = rate});
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

TEST(RmsProp, EqualsTorch) {
  const OptimizerOptions options = options_for(OptimizerKind::rmsprop);
  expect_equals_torch<torch::optim::RMSprop>(
      options,
      torch::optim::RMSpropOptions(options.lr).momentum(0.9).alpha(0.99).weight_decay(0.05));
}

/// The trajectories of tools/golden/optimizers.py: a weight that has a trust ratio, and a bias that
/// has none.
TEST(Optimizer, EqualsTimms) {
  const FlatLayout layout{{{"weight", {4, 5}, {5, 1}, 0}, {"bias", {3}, {1}, 32}}, 48};
  std::ifstream file(LOCKSTEP_GOLDEN_OPTIMIZERS);
  const auto golden = nlohmann::json::parse(file);
  for (const auto& one : golden.at("cases")) {
    const std::string name = one.at("name");
    OptimizerOptions options = options_for(find_name<OptimizerKind>(name).value());
    options.weight_decay = one.at("weight_decay");
    options.nesterov = one.value("nesterov", false);
    options.beta2 = one.value("beta2", options.beta2);
    options.epsilon = one.value("epsilon", options.epsilon);
    options.alpha = one.value("alpha", options.alpha);
    at::Tensor values = at::zeros({layout.elements}), gradient = at::zeros({layout.elements});
    const auto fill = [&](at::Tensor& flat, const nlohmann::json& numbers) {
      const auto all = numbers.get<std::vector<float>>();
      for (std::int64_t i = 0; i < 20; ++i) flat[i] = all[static_cast<std::size_t>(i)];
      for (std::int64_t i = 0; i < 3; ++i) flat[32 + i] = all[static_cast<std::size_t>(20 + i)];
    };
    fill(values, golden.at("start"));
    const auto optimizer = make_optimizer(options, {values, layout});
    for (std::size_t step = 0; step < golden.at("gradients").size(); ++step) {
      fill(gradient, golden.at("gradients")[step]);
      optimizer->step({values, layout}, gradient * 8, at::scalar_tensor(1.0 / 8, at::kDouble),
                      {.rate = golden.at("rates")[step]});
    }
    at::Tensor expected = at::zeros({layout.elements});
    fill(expected, one.at("end"));
    EXPECT_TRUE(at::allclose(values, expected, 1e-5, 1e-6)) << one.dump() << values;
  }
}

TEST(Optimizer, OfEveryNameKeepsWhatItsNameSays) {
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    std::vector<std::string> names;
    for (const auto& [tensor, value] :
         make_optimizer(options_for(kind), flat(random_values(1)))->state()) {
      names.push_back(tensor);
    }
    EXPECT_TRUE(std::ranges::equal(names, state_names(kind))) << name;
  }
}

TEST(Optimizer, ContinuesToTheBitFromItsState) {
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    const OptimizerOptions options = options_for(kind);
    at::Tensor parameters = random_values(1);
    const auto first = make_optimizer(options, flat(parameters));
    for (std::uint64_t step = 0; step < 5; ++step)
      first->step(flat(parameters), random_values(step), at::scalar_tensor(0.5, at::kDouble),
                  {.rate = 0.01});

    at::Tensor restored = parameters.clone();
    const auto second = make_optimizer(options, flat(restored));
    second->set_steps(first->steps());
    auto saved = first->state();
    auto loaded = second->state();
    for (std::size_t i = 0; i < saved.size(); ++i) loaded[i].second.copy_(saved[i].second);
    for (std::uint64_t step = 5; step < 9; ++step) {
      first->step(flat(parameters), random_values(step), at::scalar_tensor(0.5, at::kDouble),
                  {.rate = 0.01});
      second->step(flat(restored), random_values(step), at::scalar_tensor(0.5, at::kDouble),
                   {.rate = 0.01});
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
