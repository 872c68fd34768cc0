#include "models/network/layer_tap.h"

#include <list>
#include <set>
#include <string>

#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "tests/models/families.h"

namespace lockstep {
namespace {

at::Tensor some_images() {
  at::manual_seed(3);
  return at::randn({2, 3, 32, 32});
}

TEST(Features, WithTheHeadAreTheForwardPass) {
  const at::NoGradGuard no_grad;
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name, .dropout = 0.5}, shape_of(32), 1);
    model->eval();
    const at::Tensor features = model->features(some_images());
    EXPECT_EQ(features.sizes(), (std::vector<std::int64_t>{2, model->feature_count()})) << name;
    const at::Tensor outputs = model->forward(some_images());
    EXPECT_EQ(outputs.sizes(), (std::vector<std::int64_t>{2, kOutputs})) << name;
    EXPECT_TRUE(at::equal(model->head(features), outputs)) << name;
    EXPECT_TRUE(at::equal(model->forward(features), outputs)) << name << ": images are not needed";
  }
}

TEST(Features, OfTheHeadAreWhatItsLinearLayerTakes) {
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name}, shape_of(32), 1);
    const at::Tensor features = at::randn({2, model->feature_count()});
    const auto parameters = model->named_parameters();
    const std::string head = model->stages().back().prefixes.front();
    EXPECT_TRUE(at::equal(model->head(features), at::linear(features, parameters[head + "weight"],
                                                            parameters[head + "bias"])))
        << name;
  }
}

/// What is never called itself, in any network.
const std::set<std::string> kContainers = {"classifier", "encoder.layers", "heads"};

TEST(LayerTap, SeesEveryLayerOfEveryNetwork) {
  const at::NoGradGuard no_grad;
  for (const ModelEntry& entry : model_catalog()) {
    const auto model = make_outline({.name = std::string(entry.name)}, shape_of(32));
    model->eval();
    std::set<std::string> containers;
    std::list<LayerTap> taps;
    std::vector<std::string> names;
    for (const auto& item : model->named_modules(/*name_prefix=*/"", /*include_self=*/false)) {
      if (item.value()->parameters().empty()) continue;
      try {
        taps.emplace_back(*model, item.key());
        names.push_back(item.key());
      } catch (const Error&) {
        containers.insert(item.key());
      }
    }
    EXPECT_THAT(kContainers, testing::IsSupersetOf(containers)) << entry.name;
    model->forward(some_images());
    auto name = names.begin();
    for (LayerTap& tap : taps) {
      EXPECT_EQ(tap.take().size(0), 2) << entry.name << ": " << *name;
      ++name;
    }
  }
}

/// A network that evaluates, and what some of its layers gave for some_images().
struct Passed {
  Passed(const ModelOptions& options, const std::vector<std::string>& layers)
      : model(make_model(options, shape_of(32), 1)), images(some_images()) {
    const at::NoGradGuard no_grad;
    model->eval();
    std::list<LayerTap> taps;
    for (const std::string& layer : layers) taps.emplace_back(*model, layer);
    model->forward(images);
    for (LayerTap& tap : taps) given.push_back(tap.take());
    features = model->features(images);
  }

  at::Tensor parameter(const std::string& name) const {
    return model->named_parameters()[name].detach();
  }

  std::shared_ptr<ImageModel> model;
  at::Tensor images;
  std::vector<at::Tensor> given;
  at::Tensor features;
};

TEST(LayerTap, GivesWhatTheLayersOfASimpleNetworkGiveByHand) {
  const Passed simple({.name = "simple_cnn"}, {"conv1", "bn1", "conv2"});
  const at::Tensor conv1 =
      at::conv2d(simple.images, simple.parameter("conv1.weight"), {}, 1, /*padding=*/1);
  EXPECT_TRUE(at::equal(simple.given[0], conv1));
  const auto buffers = simple.model->named_buffers();
  const at::Tensor bn1 =
      at::batch_norm(conv1, simple.parameter("bn1.weight"), simple.parameter("bn1.bias"),
                     buffers["bn1.running_mean"], buffers["bn1.running_var"],
                     /*training=*/false, 0.1, 1e-5, /*cudnn_enabled=*/false);
  EXPECT_TRUE(at::equal(simple.given[1], bn1)) << "before the ReLU, which works in place";
  EXPECT_LT(bn1.min().item<double>(), 0);
  EXPECT_TRUE(at::equal(simple.given[2],
                        at::conv2d(at::max_pool2d(bn1.relu(), 2), simple.parameter("conv2.weight"),
                                   {}, 1, /*padding=*/1)));
}

TEST(LayerTap, GivesWhatTheNextLayersTake) {
  const Passed resnet({.name = "resnet18"}, {"layer2", "layer3.0.conv1", "layer4"});
  EXPECT_TRUE(at::equal(resnet.given[1],
                        at::conv2d(resnet.given[0], resnet.parameter("layer3.0.conv1.weight"), {},
                                   /*stride=*/2, /*padding=*/1)));
  EXPECT_TRUE(at::equal(resnet.given[2].mean({2, 3}), resnet.features));

  const Passed dense({.name = "densenet121"}, {"features.norm5", "features.transition1.conv"});
  EXPECT_TRUE(at::equal(dense.given[0].relu().mean({2, 3}), dense.features));
  EXPECT_EQ(dense.given[1].sizes(), (std::vector<std::int64_t>{2, 128, 8, 8})) << "not pooled yet";

  const Passed mobile({.name = "mobilenet_v3_small"}, {"features", "classifier.0"});
  EXPECT_TRUE(at::equal(mobile.given[1], at::linear(mobile.given[0].mean({2, 3}),
                                                    mobile.parameter("classifier.0.weight"),
                                                    mobile.parameter("classifier.0.bias"))));

  const Passed convnext({.name = "convnext_tiny"}, {"features.7", "classifier.0"});
  EXPECT_TRUE(at::equal(convnext.given[1], convnext.features));
  EXPECT_TRUE(at::equal(at::layer_norm(convnext.given[0].mean({2, 3}), {768},
                                       convnext.parameter("classifier.0.weight"),
                                       convnext.parameter("classifier.0.bias"), 1e-6),
                        convnext.features));

  const Passed vit({.name = "vit_small_16"}, {"encoder.layers.encoder_layer_11", "encoder"});
  EXPECT_EQ(vit.given[0].sizes(), (std::vector<std::int64_t>{2, 1 + 2 * 2, 384}));
  EXPECT_TRUE(at::equal(vit.given[1], vit.features));
  EXPECT_TRUE(
      at::equal(at::layer_norm(vit.given[0].select(1, 0), {384}, vit.parameter("encoder.ln.weight"),
                               vit.parameter("encoder.ln.bias"), 1e-6),
                vit.features));
}

TEST(LayerTap, SeesWhatIsComputedAgainForTheGradient) {
  const auto given_in = [](bool checkpointing) {
    const auto model =
        make_model({.name = "resnet18", .checkpointing = checkpointing}, shape_of(32), 1);
    LayerTap tap(*model, "layer2.1.conv2");
    model->forward(some_images());
    return tap.take();
  };
  EXPECT_TRUE(at::equal(given_in(true), given_in(false)));
  EXPECT_FALSE(given_in(true).requires_grad());
}

TEST(LayerTap, EndsWithItsLifeAndGivesOnce) {
  const at::NoGradGuard no_grad;
  const auto model = make_model({.name = "lenet"}, shape_of(32), 1);
  LayerTap outer(*model, "fc1");
  {
    LayerTap inner(*model, "fc1");
    model->forward(some_images());
    EXPECT_TRUE(at::equal(inner.take(), outer.take()));
  }
  EXPECT_THROW(outer.take(), Error) << "no pass since";
  model->forward(some_images());
  EXPECT_EQ(outer.take().size(1), 120);
}

TEST(LayerTap, SaysWhichLayerWasProbablyMeant) {
  const auto message_for = [](const char* network, const char* layer) -> std::string {
    const auto model = make_outline({.name = network}, shape_of(32));
    try {
      const LayerTap tap(*model, layer);
      return "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::usage);
      return error.what();
    }
  };
  using testing::HasSubstr;
  EXPECT_THAT(message_for("resnet18", "layer3.1.conv3"), HasSubstr("did you mean 'layer3.1.conv"));
  EXPECT_THAT(message_for("resnet18", "something else"), HasSubstr("such as 'conv1'"));
  EXPECT_THAT(message_for("resnet18", ""), HasSubstr("no layer ''"));
  EXPECT_THAT(message_for("resnet18", "dropout"), HasSubstr("no layer 'dropout' with parameters"));
  EXPECT_THAT(message_for("vit_small_16", "encoder.layers"),
              HasSubstr("such as 'encoder.layers.encoder_layer_0'"));
  EXPECT_THAT(message_for("efficientnet_b0", "classifier"), HasSubstr("such as 'classifier.1'"));
}

}  // namespace
}  // namespace lockstep
