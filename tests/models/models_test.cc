#include <set>

#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"

namespace lockstep {
namespace {

std::set<std::string> tensor_names(const ImageModel& model) {
  std::set<std::string> names;
  for (const auto& item : model.named_parameters()) names.insert(item.key());
  for (const auto& item : model.named_buffers()) names.insert(item.key());
  return names;
}

TEST(Models, EveryNameMakesAModelOfTheAskedShape) {
  for (const ModelEntry& entry : model_catalog()) {
    const std::string name(entry.name);
    const auto model =
        make_model({.name = name, .stem = Stem::small}, {.channels = 3, .outputs = 7}, 1);
    EXPECT_EQ(model->forward(at::randn({2, 3, 32, 32})).sizes(), (std::vector<std::int64_t>{2, 7}))
        << name;
  }
}

TEST(Models, TakeTheSmallestImagesThatPassTheCheckAndNoneThatFailsIt) {
  for (const Stem stem : {Stem::small, Stem::imagenet}) {
    for (const ModelEntry& entry : model_catalog()) {
      const std::string name(entry.name);
      const ModelOptions options{.name = name, .stem = stem};
      const auto passes = [&](int height, int width) {
        try {
          check_input_size(entry, height, width);
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ExitCode::usage);
          return false;
        }
        return true;
      };
      const auto model = make_model(options, {.channels = 3, .outputs = 7}, 1);
      int side = 1;
      for (; !passes(side, side); ++side)
        EXPECT_ANY_THROW(model->forward(at::randn({2, 3, side, side}))) << name << side;
      EXPECT_NO_THROW(model->forward(at::randn({2, 3, side, side}))) << name << side;
      EXPECT_EQ(passes(side, side - 1), false);
      EXPECT_EQ(passes(side - 1, side), false);
    }
  }
}

TEST(Models, AnUnknownNameListsTheKnownOnes) {
  try {
    make_model({.name = "resnet19"}, {}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("resnet18, simple_cnn"));
  }
}

TEST(Models, ParametersAreAFunctionOfTheSeed) {
  const auto first = make_model({.name = "simple_cnn"}, {}, 5);
  const auto second = make_model({.name = "simple_cnn"}, {}, 5);
  const auto other = make_model({.name = "simple_cnn"}, {}, 6);
  for (const auto& item : first->named_parameters()) {
    EXPECT_TRUE(item.value().equal(second->named_parameters()[item.key()])) << item.key();
  }
  EXPECT_FALSE(
      first->named_parameters()["conv1.weight"].equal(other->named_parameters()["conv1.weight"]));
}

TEST(Models, ConvolutionsStartWithHesVariance) {
  const auto model = make_model({.name = "resnet18"}, {.channels = 3, .outputs = 10}, 5);
  const at::Tensor weight = model->named_parameters()["layer4.1.conv2.weight"];
  EXPECT_NEAR(weight.std().item<double>(), std::sqrt(2.0 / (512 * 9)), 2e-4);
  EXPECT_NEAR(weight.mean().item<double>(), 0, 1e-4);
}

TEST(ResNet18, HasTorchvisionsNamesAndParameterCount) {
  const auto model = make_model({.name = "resnet18"}, {.channels = 3, .outputs = 1000}, 1);
  std::int64_t parameters = 0;
  for (const at::Tensor& parameter : model->parameters()) parameters += parameter.numel();
  EXPECT_EQ(parameters, 11689512);  // torchvision.models.resnet18
  const std::set<std::string> names = tensor_names(*model);
  EXPECT_EQ(names.size(), 122u);  // entries of its state_dict()
  for (const char* name :
       {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.num_batches_tracked", "layer4.1.bn2.bias", "fc.weight", "fc.bias"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_FALSE(names.contains("layer1.0.downsample.0.weight"));
}

TEST(ResNet18, StemDecidesTheFirstConvolution) {
  const auto small =
      make_model({.name = "resnet18", .stem = Stem::small}, {.channels = 1, .outputs = 10}, 1);
  const auto imagenet = make_model({.name = "resnet18"}, {.channels = 1, .outputs = 10}, 1);
  EXPECT_EQ(small->named_parameters()["conv1.weight"].size(2), 3);
  EXPECT_EQ(imagenet->named_parameters()["conv1.weight"].size(2), 7);
}

TEST(Models, DropoutActsInTrainingOnly) {
  const auto model = make_model({.name = "simple_cnn", .dropout = 0.5}, {}, 1);
  const at::Tensor images = at::randn({2, 1, 28, 28});
  EXPECT_FALSE(model->forward(images).equal(model->forward(images)));
  model->eval();
  EXPECT_TRUE(model->forward(images).equal(model->forward(images)));
}

}  // namespace
}  // namespace lockstep
