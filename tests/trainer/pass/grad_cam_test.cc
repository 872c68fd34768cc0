#include "trainer/pass/grad_cam.h"

#include <set>
#include <string>

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "core/error.h"
#include "models/make_model.h"
#include "models/network/layers.h"
#include "tests/models/families.h"

namespace lockstep {
namespace {

/// Its feature map is the image itself, two channels of it; its outputs are a linear layer's of the
/// channels' squared means.
class TwoChannels final : public ImageModel {
 public:
  TwoChannels() : fc_(register_module("fc", torch::nn::Linear(2, 2))) {
    const at::NoGradGuard no_grad;
    fc_->weight.copy_(at::tensor({1.0f, -0.5f, 0.0f, 2.0f}).view({2, 2}));
  }
  at::Tensor features(at::Tensor images) override { return image_mean(images).square(); }
  at::Tensor head(const at::Tensor& features) override { return fc_(features); }
  std::vector<ModelStage> stages() const override { return {{"head", {"fc."}}}; }

 private:
  torch::nn::Linear fc_;
};

at::Tensor two_images() {
  at::manual_seed(1);
  return at::rand({2, 2, 3, 4});
}

TEST(GradCam, IsTheFormulaOfThePaper) {
  TwoChannels model;
  const at::Tensor images = two_images();
  const at::Tensor seen = grad_cam(model, images, at::tensor({0, 1}, at::kLong));
  ASSERT_EQ(seen.sizes(), (std::vector<std::int64_t>{2, 3, 4}));
  // The gradient of w m^2 with respect to each place of a channel is 2 w m / places.
  const at::Tensor means = images.mean({2, 3});
  const at::Tensor of_first = images[0][0] * means[0][0] - 0.5 * images[0][1] * means[0][1];
  const at::Tensor of_second = images[1][1];
  EXPECT_TRUE(at::allclose(seen[0], of_first.relu() / of_first.relu().max()));
  EXPECT_TRUE(at::allclose(seen[1], of_second / of_second.max()));
}

TEST(GradCam, IsNothingWhereNothingRaisesTheOutput) {
  TwoChannels model;
  const at::Tensor seen = grad_cam(model, at::zeros({1, 2, 3, 4}), at::tensor({0}, at::kLong));
  EXPECT_EQ(seen.sum().item<float>(), 0);
}

TEST(GradCam, PointsAtTheCornerThatTheAnswerComesFrom) {
  const auto model = make_model({.name = "simple_cnn"}, {.channels = 3, .outputs = 3}, 1);
  at::Tensor images = at::zeros({1, 3, 32, 32});
  images.narrow(2, 0, 8).narrow(3, 24, 8).fill_(3);
  for (auto& item : model->named_parameters()) {
    const at::NoGradGuard no_grad;
    if (item.key() == "fc.weight") item.value().fill_(1);
  }
  const at::Tensor seen = grad_cam(*model, images, at::tensor({2}, at::kLong))[0];
  ASSERT_EQ(seen.sizes(), (std::vector<std::int64_t>{8, 8}));
  const float in_corner = seen.narrow(0, 0, 4).narrow(1, 4, 4).sum().item<float>();
  EXPECT_GT(in_corner, 0.9f * seen.sum().item<float>());
  EXPECT_GT(in_corner, 0);
}

TEST(GradCam, IsOfConvolutionalNetworks) {
  const std::set<std::string> without = {"linear", "mlp", "vit_small_16"};
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name}, shape_of(32), 1);
    const at::Tensor images = at::zeros({1, 3, 32, 32});
    EXPECT_EQ(has_feature_map(*model, images), !without.contains(name)) << name;
    EXPECT_TRUE(model->is_training());
    if (without.contains(name)) {
      EXPECT_THROW(grad_cam(*model, images, at::tensor({0}, at::kLong)), Error) << name;
    } else {
      EXPECT_EQ(grad_cam(*model, images, at::tensor({0}, at::kLong)).dim(), 3) << name;
    }
  }
}

}  // namespace
}  // namespace lockstep
