#include "trainer/optimizer/parameter_factors.h"

#include <cmath>
#include <memory>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include "tests/message_of.h"
#include "trainer/optimizer/make_optimizer.h"

namespace lockstep {
namespace {

/// Two stages, each with a weight and a bias.
const std::vector<ModelStage> kStages = {{"stem", {"a."}}, {"head", {"b."}}};

FlatLayout two_layers() {
  FlatLayout layout;
  for (const char* stage : {"a", "b"}) {
    append(layout, std::string(stage) + ".weight", at::zeros({4, 5}));
    append(layout, std::string(stage) + ".bias", at::zeros({3}));
  }
  return layout;
}

const FlatLayout kLayout = two_layers();

at::Tensor numbers(int seed) {
  at::Tensor flat = at::zeros({kLayout.elements});
  for (const FlatEntry& entry : kLayout.entries) {
    at::Tensor view = view_of(flat, entry);
    view.copy_((at::arange(view.numel(), at::kFloat) * 1.3 +
                (0.7 * seed + static_cast<double>(entry.offset)))
                   .sin()
                   .view(entry.shape));
  }
  return flat;
}

/// Ours against PyTorch's, with its four tensors in a parameter group each.
template <typename Peer, typename PeerOptions>
void expect_equals_groups(const OptimizerOptions& options, const PeerOptions& peer_options) {
  at::Tensor ours = numbers(0);
  std::vector<at::Tensor> theirs;
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (const FlatEntry& entry : kLayout.entries) {
    theirs.push_back(view_of(ours, entry).clone());
    auto own = std::make_unique<PeerOptions>(peer_options);
    own->weight_decay(entry.shape.size() > 1 || options.decay_norm_and_bias ? options.weight_decay
                                                                            : 0);
    groups.emplace_back(std::vector<at::Tensor>{theirs.back()}, std::move(own));
  }
  Peer peer(groups, peer_options);
  const auto optimizer = make_optimizer(options, {ours, kLayout},
                                        make_parameter_factors(options, {ours, kLayout}, kStages));
  for (int step = 1; step <= 20; ++step) {
    const at::Tensor gradient = numbers(step);
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      theirs[i].mutable_grad() = view_of(gradient, kLayout.entries[i]).clone();
      const double stage = i < 2 ? options.lr_layer_decay : 1;
      peer.param_groups()[i].options().set_lr(options.lr * stage * (1 + 0.1 * step));
    }
    if (options.clip_norm > 0) torch::nn::utils::clip_grad_norm_(theirs, options.clip_norm);
    if (options.clip_value > 0) torch::nn::utils::clip_grad_value_(theirs, options.clip_value);
    peer.step();
    optimizer->step({ours, kLayout}, gradient * 8, at::scalar_tensor(1.0 / 8, at::kDouble),
                    {.rate = options.lr * (1 + 0.1 * step)});
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      ASSERT_TRUE(at::allclose(view_of(ours, kLayout.entries[i]), theirs[i], 1e-5, 1e-6))
          << kLayout.entries[i].name << " in step " << step;
    }
  }
}

OptimizerOptions with_all(OptimizerKind kind) {
  OptimizerOptions options;
  options.name = kind;
  options.lr = 0.01;
  options.weight_decay = 0.05;
  options.decay_norm_and_bias = false;
  options.lr_layer_decay = 0.5;
  options.clip_norm = 1.5;
  options.clip_value = 0.2;
  return options;
}

TEST(ParameterFactors, OfSgdEqualTorchsGroups) {
  expect_equals_groups<torch::optim::SGD>(with_all(OptimizerKind::sgd),
                                          torch::optim::SGDOptions(0.01).momentum(0.9));
}

TEST(ParameterFactors, OfAdamWEqualTorchsGroups) {
  expect_equals_groups<torch::optim::AdamW>(with_all(OptimizerKind::adamw),
                                            torch::optim::AdamWOptions(0.01));
}

TEST(ParameterFactors, OfRmsPropEqualTorchsGroups) {
  expect_equals_groups<torch::optim::RMSprop>(
      with_all(OptimizerKind::rmsprop),
      torch::optim::RMSpropOptions(0.01).momentum(0.9).alpha(0.99));
}

TEST(ParameterFactors, WithDecayOfAllButRatesOfStages) {
  OptimizerOptions options = with_all(OptimizerKind::adamw);
  options.decay_norm_and_bias = true;
  expect_equals_groups<torch::optim::AdamW>(options, torch::optim::AdamWOptions(0.01));
}

/// A step with hardly any rate in the first stage leaves it as it is, whatever the optimizer.
TEST(ParameterFactors, EveryOptimizerTakesThem) {
  for (const auto& [kind, name] : enum_names(OptimizerKind{})) {
    OptimizerOptions options = with_all(kind);
    options.lr_layer_decay = 1e-30;
    const at::Tensor before = numbers(0);
    at::Tensor after = before.clone();
    const auto optimizer = make_optimizer(
        options, {after, kLayout}, make_parameter_factors(options, {after, kLayout}, kStages));
    optimizer->step({after, kLayout}, numbers(1), at::scalar_tensor(1.0, at::kDouble),
                    {.rate = 0.01});
    const FlatEntry &first = kLayout.entries[0], &last = kLayout.entries[2];
    const auto moved = [&](const FlatEntry& entry) {
      return (view_of(after, entry) - view_of(before, entry)).abs().max().item<float>();
    };
    EXPECT_LT(moved(first), 1e-20f) << name;
    EXPECT_GT(moved(last), 1e-6f) << name;
  }
}

TEST(ParameterFactors, AFirstStagesRateIsSpreadGeometrically) {
  OptimizerOptions options;
  options.lr_first_stage = 0.01;
  const std::vector<ModelStage> stages = {{"a", {"a."}}, {"b", {"b."}}, {"head", {"c."}}};
  const ParameterFactors factors = make_parameter_factors(options, {numbers(0), kLayout}, stages);
  EXPECT_FALSE(factors.decay.defined());
  EXPECT_NEAR(view_of(factors.rate, kLayout.entries[0]).max().item<double>(), 0.01, 1e-8);
  EXPECT_NEAR(view_of(factors.rate, kLayout.entries[2]).max().item<double>(), 0.1, 1e-7);
}

TEST(ParameterFactors, TwoWaysToSayOneThingAreRefused) {
  OptimizerOptions options;
  options.lr_first_stage = options.lr_layer_decay = 0.5;
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           make_parameter_factors(options, {numbers(0), kLayout}, kStages);
                         }),
              testing::HasSubstr("remove one"));
}

TEST(Optimizer, TheMomentumOfAStepTakesThePlaceOfItsOptions) {
  OptimizerOptions options;
  options.lr = 0.01;
  at::Tensor ours = numbers(0), theirs = ours.clone();
  const auto cycled = make_optimizer(options, {ours, kLayout});
  options.momentum = 0.5;
  const auto fixed = make_optimizer(options, {theirs, kLayout});
  for (int step = 1; step < 4; ++step) {
    const at::Tensor scale = at::scalar_tensor(1.0, at::kDouble);
    cycled->step({ours, kLayout}, numbers(step), scale, {.rate = 0.01, .momentum = 0.5});
    fixed->step({theirs, kLayout}, numbers(step), scale, {.rate = 0.01});
  }
  EXPECT_TRUE(ours.equal(theirs));
}

}  // namespace
}  // namespace lockstep
