#include "trainer/average/weight_average.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "models/make_model.h"

namespace lockstep {
namespace {

FlatModel small_model() {
  return FlatModel(make_model({.name = "resnet", .blocks = {1}, .width = 0.1},
                              {.channels = 1, .outputs = 2, .height = 8, .width = 8}, 1),
                   at::kCPU, 0);
}

void fill(FlatModel& model, double value) {
  const at::NoGradGuard no_grad;
  model.parameters().fill_(value);
  model.buffers().fill_(10 * value);
}

TEST(WeightAverage, IsTheMovingAverageOfParametersAndBuffers) {
  FlatModel model = small_model();
  fill(model, 1);
  WeightAverage average({.decay = 0.75, .warmup = false}, model);
  double expected = 1;
  for (int step = 1; step <= 6; ++step) {
    fill(model, step * step);
    average.update(step);
    expected = 0.75 * expected + 0.25 * step * step;
    EXPECT_NEAR(average.parameters()[3].item<double>(), expected, 1e-5);
    EXPECT_NEAR(average.buffers()[0].item<double>(), 10 * expected, 1e-4);
  }
}

TEST(WeightAverage, WarmsUpFromTheNewestModelToItsDecay) {
  FlatModel model = small_model();
  fill(model, 0);
  WeightAverage average({.decay = 0.5, .warmup = true}, model);
  fill(model, 1);
  average.update(1);  // 2 / 11
  EXPECT_NEAR(average.parameters()[0].item<double>(), 1 - 2.0 / 11, 1e-6);
  fill(model, 0);
  average.update(1000);  // at most its decay
  EXPECT_NEAR(average.parameters()[0].item<double>(), 0.5 * (1 - 2.0 / 11), 1e-6);
}

TEST(WeightAverage, OfTheLastEpochsIsTheirMean) {
  FlatModel model = small_model();
  WeightAverage average({.last = 3}, model);
  const std::int64_t epochs = 5;
  const std::vector<double> expected = {1, 4, 9, (9 + 16) / 2.0, (9 + 16 + 25) / 3.0};
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    fill(model, static_cast<double>(epoch * epoch));
    average.update(epoch);  // goes by epochs alone
    average.end_epoch(epoch, epochs);
    const double now = expected[static_cast<std::size_t>(epoch - 1)];
    EXPECT_NEAR(average.parameters()[3].item<double>(), now, 1e-5);
    EXPECT_NEAR(average.buffers()[0].item<double>(), 10 * now, 1e-4);
    EXPECT_EQ(average.mixes(epoch, epochs), epoch > 3);
  }
}

TEST(WeightAverage, InTheModelForAWhileChangesNoBit) {
  FlatModel model = small_model();
  WeightAverage average({.decay = 0.9, .warmup = true}, model);
  {
    const at::NoGradGuard no_grad;
    model.parameters().add_(at::randn(model.parameters().sizes()));
    model.buffers().add_(1);
  }
  average.update(1);
  const at::Tensor parameters = model.parameters().clone(), buffers = model.buffers().clone();
  const at::Tensor averaged = average.parameters().clone();
  const at::Tensor images = at::randn({2, 1, 8, 8});
  model.model().eval();
  const at::Tensor answer = model.model().forward(images);
  average.exchange();
  EXPECT_TRUE(model.parameters().equal(averaged));
  EXPECT_FALSE(model.model().forward(images).equal(answer)) << "the network sees it";
  average.exchange();
  EXPECT_TRUE(model.model().forward(images).equal(answer));
  EXPECT_TRUE(model.parameters().view(at::kInt).equal(parameters.view(at::kInt)));
  EXPECT_TRUE(model.buffers().equal(buffers));
  EXPECT_TRUE(average.parameters().equal(averaged));
}

}  // namespace
}  // namespace lockstep
