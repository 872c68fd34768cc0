#include "trainer/step/norm_statistics.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/batchnorm.h>

#include "comm/communicator/communicator.h"
#include "comm/reduction/make_lane_reducer.h"
#include "models/make_model.h"
#include "sharding/feed/batch_plan.h"
#include "tests/trainer/tiny_data.h"

namespace lockstep {
namespace {

constexpr int kLanes = 2, kSteps = 3;

BatchFeed feed() {
  const auto data = std::make_shared<TinyData>(40);
  return BatchFeed(data, tiny_loader(),
                   training_batches({.samples = data->size(),
                                     .seed = 1,
                                     .batch = 4,
                                     .lanes = kLanes,
                                     .first_lane = 0,
                                     .last_lane = kLanes}),
                   at::kCPU);
}

std::shared_ptr<ImageModel> small_resnet() {
  return make_model({.name = "resnet", .blocks = {1, 1}, .width = 0.1},
                    {.channels = 1, .outputs = 10, .height = 8, .width = 8}, 1);
}

/// The running statistics of PyTorch's own cumulative average over the same batches.
std::shared_ptr<ImageModel> as_torch_has_them() {
  const at::NoGradGuard no_grad;
  const std::shared_ptr<ImageModel> model = small_resnet();
  for (const auto& module : model->modules()) {
    if (auto* norm = dynamic_cast<torch::nn::BatchNorm2dImpl*>(module.get())) {
      norm->options.momentum(std::nullopt);
      norm->reset_running_stats();
    }
  }
  BatchFeed batches = feed();
  for (int lane = 0; lane < kSteps * kLanes; ++lane) model->forward(batches.next()->images);
  return model;
}

TEST(NormStatistics, AreTheMeansOverTheBatchesAsTorchsUpdateBn) {
  const auto communicator = make_single_communicator();
  FlatModel model(small_resnet(), at::kCPU, 0);
  model.buffers().fill_(7);
  const auto reducer = make_lane_reducer(
      *communicator,
      {.kind = ReductionKind::exact, .lanes = kLanes, .elements = model.lane_elements()});
  const at::Tensor parameters = model.parameters().clone(), counters = model.integers().clone();
  BatchFeed batches = feed();
  recompute_norm_statistics(model, *reducer, batches, kSteps,
                            {.lanes = kLanes, .own = {0, kLanes}});
  const auto expected = as_torch_has_them()->named_buffers();
  int compared = 0;
  for (const auto& item : model.model().named_buffers()) {
    if (!item.value().is_floating_point()) continue;
    EXPECT_TRUE(at::allclose(item.value(), expected[item.key()], 1e-4, 1e-5)) << item.key();
    ++compared;
  }
  EXPECT_GT(compared, 4);
  EXPECT_TRUE(model.parameters().equal(parameters));
  EXPECT_TRUE(model.integers().equal(counters));
}

TEST(NormStatistics, OfFrozenNormsStay) {
  const auto communicator = make_single_communicator();
  const std::shared_ptr<ImageModel> network = small_resnet();
  const auto is_frozen = [](const std::string& name) { return name.starts_with("bn1."); };
  network->keep_evaluating(is_frozen);
  FlatModel model(network, at::kCPU, 0, [&](const std::string& name) { return !is_frozen(name); });
  const at::Tensor before = network->named_buffers()["bn1.running_mean"].clone();
  const at::Tensor other = network->named_buffers()["layer1.0.bn1.running_mean"].clone();
  const auto reducer = make_lane_reducer(
      *communicator,
      {.kind = ReductionKind::exact, .lanes = kLanes, .elements = model.lane_elements()});
  BatchFeed batches = feed();
  recompute_norm_statistics(model, *reducer, batches, kSteps,
                            {.lanes = kLanes, .own = {0, kLanes}});
  EXPECT_TRUE(network->named_buffers()["bn1.running_mean"].equal(before));
  EXPECT_FALSE(network->named_buffers()["layer1.0.bn1.running_mean"].equal(other));
}

}  // namespace
}  // namespace lockstep
