#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/record_function.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "tests/models/families.h"
#include "tests/models/formula.h"

namespace lockstep {
namespace {

/// Gathers the names of the operators that run, on any thread, while it lives.
class OperatorNames {
 public:
  explicit OperatorNames(std::set<std::string>& names) {
    sink() = &names;
    handle_ = at::addGlobalCallback(
        at::RecordFunctionCallback([](const at::RecordFunction& call) {
          const std::lock_guard lock(mutex());
          if (sink() != nullptr) sink()->insert(call.name());
          return std::unique_ptr<at::ObserverContext>();
        }).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  }
  ~OperatorNames() {
    at::removeCallback(handle_);
    const std::lock_guard lock(mutex());
    sink() = nullptr;
  }

 private:
  static std::set<std::string>*& sink() {
    static std::set<std::string>* names = nullptr;
    return names;
  }
  static std::mutex& mutex() {
    static std::mutex mutex;
    return mutex;
  }
  at::CallbackHandle handle_;
};

std::set<std::string> tensor_names(const ImageModel& model) {
  std::set<std::string> names;
  for (const auto& item : model.named_parameters()) names.insert(item.key());
  for (const auto& item : model.named_buffers()) names.insert(item.key());
  return names;
}

TEST(Models, OfEveryFamilyHaveTheAskedShape) {
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name, .stem = Stem::small}, shape_of(32), 1);
    EXPECT_EQ(model->forward(at::randn({2, 3, 32, 32})).sizes(),
              (std::vector<std::int64_t>{2, kOutputs}))
        << name;
  }
}

TEST(Models, TakeTheSmallestImagesThatPassTheCheckAndNoneThatFailsIt) {
  for (const Stem stem : {Stem::small, Stem::imagenet}) {
    for (const char* name : kOneOfEachFamily) {
      const ModelOptions options{.name = name, .stem = stem};
      const auto passes = [&](int height, int width) {
        try {
          check_input_size(options, height, width);
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ExitCode::usage);
          return false;
        }
        return true;
      };
      const int smallest = smallest_side(options);
      EXPECT_TRUE(passes(smallest, smallest)) << name;
      EXPECT_FALSE(passes(smallest, smallest - 1)) << name;
      EXPECT_FALSE(passes(smallest - 1, smallest)) << name;
      const auto model = make_model(options, shape_of(smallest), 1);
      const auto pass = [&](int side) { model->forward(at::randn({2, 3, side, side})); };
      EXPECT_NO_THROW(pass(smallest)) << name << smallest;
      if (smallest > 1) {
        EXPECT_ANY_THROW(pass(smallest - 1)) << name << smallest;
      }
    }
  }
}

TEST(Models, OutlinesHaveTheSameNamesAndShapes) {
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name}, shape_of(64), 1);
    const auto outline = make_outline({.name = name}, shape_of(64));
    const auto names_and_shapes = [](const ImageModel& of) {
      std::vector<std::pair<std::string, std::vector<std::int64_t>>> all;
      for (const auto& item : of.named_parameters()) {
        all.emplace_back(item.key(), item.value().sizes().vec());
      }
      for (const auto& item : of.named_buffers()) {
        all.emplace_back(item.key(), item.value().sizes().vec());
      }
      return all;
    };
    EXPECT_EQ(names_and_shapes(*outline), names_and_shapes(*model)) << name;
    const auto again = make_model({.name = name}, shape_of(64), 1);
    for (std::size_t i = 0; i < model->parameters().size(); ++i) {
      ASSERT_TRUE(at::equal(again->parameters()[i], model->parameters()[i])) << name;
    }
  }
}

TEST(Models, EachParameterIsInOneStageAndTheHeadIsTheLast) {
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name}, shape_of(32), 1);
    const std::vector<ModelStage> stages = model->stages();
    EXPECT_EQ(stages.back().name, "head") << name;
    EXPECT_EQ(model->named_parameters()[stages.back().prefixes[0] + "weight"].size(0), kOutputs);
    for (const auto& item : model->named_parameters()) {
      int found = 0;
      for (const ModelStage& stage : stages) {
        for (const std::string& prefix : stage.prefixes) found += item.key().starts_with(prefix);
      }
      EXPECT_EQ(found, 1) << name << ": " << item.key();
    }
  }
}

/// LibTorch's list of operators without a deterministic kernel on GPUs is for those that run there;
/// what a CPU can show is that none of them is asked for.
TEST(Models, UseNoOperatorThatIsNotDeterministic) {
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  for (const char* name : kOneOfEachFamily) {
    const auto model = make_model({.name = name}, shape_of(32), 1);
    std::set<std::string> operators;
    {
      const OperatorNames names(operators);
      model->forward(at::randn({2, 3, 32, 32})).sum().backward();
    }
    EXPECT_GT(operators.size(), 5u) << name;
    for (const char* bad :
         {"adaptive", "upsample", "index_add", "scatter", "put_", "max_pool3d", "avg_pool3d",
          "grid_sampler", "reflection_pad", "replication_pad", "ctc_loss", "embedding_bag",
          "kthvalue", "histc", "bincount", "cumsum", "scaled_dot_product", "fractional"}) {
      for (const std::string& found : operators) {
        EXPECT_EQ(found.find(bad), std::string::npos) << name << ": " << found;
      }
    }
  }
  at::globalContext().setDeterministicAlgorithms(false, false);
}

/// What a training step of a lane leaves: output, gradients and buffers.
std::vector<at::Tensor> step_of(const ModelOptions& options, bool mixed_precision) {
  const auto model = make_model(options, shape_of(32), 1);
  at::manual_seed(5);
  const at::Tensor images = at::randn({4, 3, 32, 32});
  at::autocast::set_autocast_enabled(at::kCPU, mixed_precision);
  const at::Tensor output = model->forward(images).to(at::kFloat);
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
  output.square().sum().backward();
  std::vector<at::Tensor> result = {output.detach(), at::randn({8})};  // and the generator's state
  for (const auto& parameter : model->parameters()) result.push_back(parameter.grad());
  for (const auto& buffer : model->buffers()) result.push_back(buffer);
  return result;
}

TEST(Models, CheckpointingChangesNoBit) {
  int tried = 0;
  for (const char* name : kOneOfEachFamily) {
    const auto has = [&](std::string_view option) {
      return std::ranges::find(find_model(name).options, option) != find_model(name).options.end();
    };
    if (!has("checkpointing")) continue;
    ++tried;
    ModelOptions options{.name = name, .dropout = 0.3};
    if (has("drop_path")) options.drop_path = 0.4;
    for (const bool mixed : {false, true}) {
      // bf16 is slow on most CPUs: a block of each kind of input will do.
      if (mixed && options.name != "resnet18" && options.name != "densenet121") continue;
      options.checkpointing = false;
      const std::vector<at::Tensor> kept = step_of(options, mixed);
      options.checkpointing = true;
      const std::vector<at::Tensor> recomputed = step_of(options, mixed);
      ASSERT_EQ(kept.size(), recomputed.size());
      for (std::size_t i = 0; i < kept.size(); ++i) {
        ASSERT_TRUE(recomputed[i].defined()) << name << ": tensor " << i;
        EXPECT_TRUE(at::equal(kept[i], recomputed[i])) << name << ": tensor " << i;
      }
    }
  }
  EXPECT_EQ(tried, 9);
}

TEST(Models, AnUnknownNameListsTheKnownOnes) {
  try {
    make_model({.name = "resnet19"}, {}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    EXPECT_THAT(error.what(), testing::HasSubstr("did you mean 'resnet18'?"));
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

/// Whatever else there is: the same name draws the same.
TEST(Models, AnotherLayerChangesNoOther) {
  const auto few = make_model({.name = "resnet", .blocks = {1}}, shape_of(32), 5);
  const auto many = make_model({.name = "resnet", .blocks = {2, 2}}, shape_of(32), 5);
  EXPECT_TRUE(few->named_parameters()["layer1.0.conv1.weight"].equal(
      many->named_parameters()["layer1.0.conv1.weight"]));
  EXPECT_EQ(few->named_parameters()["fc.weight"].size(1), 64);
  EXPECT_EQ(many->named_parameters()["fc.weight"].size(1), 128);
}

TEST(Models, WidthAndBlocksAndGrowthAreTaken) {
  const auto wide =
      make_model({.name = "resnet", .blocks = {1, 1, 1}, .width = 0.5}, shape_of(32), 5);
  EXPECT_EQ(wide->named_parameters()["layer3.0.conv2.weight"].size(0), 128);
  const auto dense =
      make_model({.name = "densenet121", .blocks = {2, 2}, .growth = 8}, shape_of(32), 5);
  EXPECT_EQ(dense->named_parameters()["features.norm5.weight"].size(0), (64 + 2 * 8) / 2 + 2 * 8);
  const auto deep = make_model({.name = "simple_cnn", .widths = {8, 8, 8, 8}}, shape_of(32), 5);
  EXPECT_EQ(deep->named_parameters()["conv4.weight"].size(0), 8);
  const auto mlp = make_model({.name = "mlp", .widths = {20}}, shape_of(8), 5);
  EXPECT_EQ(mlp->named_parameters()["hidden1.weight"].sizes(),
            (std::vector<std::int64_t>{20, 3 * 8 * 8}));
}

TEST(Models, ResidualBlocksCanBeginAsTheIdentity) {
  for (const auto& [name, last] : {std::pair("resnet18", "layer2.1.bn2.weight"),
                                   std::pair("resnet50", "layer2.1.bn3.weight")}) {
    const auto usual = make_model({.name = name}, shape_of(32), 1);
    const auto zero = make_model({.name = name, .zero_init_residual = true}, shape_of(32), 1);
    EXPECT_EQ(usual->named_parameters()[last].sum().item<double>(), 128 * (name[7] == '0' ? 4 : 1));
    EXPECT_EQ(zero->named_parameters()[last].abs().sum().item<double>(), 0);
    EXPECT_EQ(zero->named_parameters()["layer2.0.bn1.weight"].min().item<double>(), 1);
  }
}

TEST(Models, WithoutNormKeepTheirParametersAndNormaliseNothing) {
  int tried = 0;
  for (const char* name : kOneOfEachFamily) {
    if (std::ranges::find(find_model(name).options, "norm") == find_model(name).options.end()) {
      continue;
    }
    ++tried;
    const auto usual = make_model({.name = name}, shape_of(32), 1);
    const auto none = make_model({.name = name, .norm = Norm::none}, shape_of(32), 1);
    EXPECT_FALSE(usual->buffers().empty()) << name;
    EXPECT_TRUE(none->buffers().empty()) << name;
    const auto expected = usual->named_parameters();
    ASSERT_EQ(none->named_parameters().keys(), expected.keys()) << name;
    for (const auto& item : none->named_parameters()) {
      EXPECT_TRUE(at::equal(item.value(), expected[item.key()])) << name << ": " << item.key();
    }
    const at::Tensor images = at::randn({2, 3, 32, 32});
    EXPECT_FALSE(at::equal(none->forward(images), usual->forward(images))) << name;
    const at::Tensor together = none->forward(images).narrow(0, 0, 1);
    EXPECT_TRUE(at::allclose(none->forward(images.narrow(0, 0, 1)), together, 1e-3, 1e-4))
        << name << ": an image does not depend on the batch";
  }
  EXPECT_EQ(tried, 8);
}

TEST(Models, WithoutNormHaveItsScaleAndShift) {
  const auto model =
      make_model({.name = "simple_cnn", .norm = Norm::none, .widths = {4}}, shape_of(8), 1);
  fill_by_formula(*model);
  const at::Tensor images = at::randn({2, 3, 8, 8});
  const auto parameters = model->named_parameters();
  const at::Tensor x = at::conv2d(images, parameters["conv1.weight"], {}, 1, /*padding=*/1);
  const at::Tensor y =
      x * parameters["bn1.weight"].view({4, 1, 1}) + parameters["bn1.bias"].view({4, 1, 1});
  EXPECT_TRUE(at::equal(model->features(images), y.relu().mean({2, 3})));
}

TEST(Models, DropPathLeavesOutBranchesInTrainingOnly) {
  for (const char* name : {"resnet18", "efficientnet_b0", "convnext_tiny", "vit_small_16"}) {
    const auto model = make_model({.name = name, .drop_path = 0.9}, shape_of(32), 1);
    const at::NoGradGuard no_grad;
    // Heads and layer scales that begin near 0 would hide it.
    for (auto& item : model->named_parameters()) {
      if (item.key().ends_with("layer_scale") || item.key().starts_with("heads")) {
        item.value().fill_(0.5).view(-1)[0] = 2;
      }
    }
    const at::Tensor images = at::randn({4, 3, 32, 32});
    EXPECT_FALSE(model->forward(images).equal(model->forward(images))) << name;
    model->eval();
    EXPECT_TRUE(model->forward(images).equal(model->forward(images))) << name;
  }
}

struct Expected {
  const char* model;
  const char* tensor;
  double mean, std, largest;  ///< 0: no bound
};

TEST(Models, BeginAsTorchvisionsDo) {
  const double kUniform = std::sqrt(3.0);
  for (const Expected& expected : {
           Expected{"densenet121", "features.conv0.weight", 0, std::sqrt(2.0 / (3 * 49)), 0},
           {"densenet121", "classifier.bias", 0, 0, 0},
           {"efficientnet_b0", "features.8.0.weight", 0, std::sqrt(2.0 / 1280), 0},
           {"efficientnet_b0", "classifier.1.weight", 0, 1 / std::sqrt(7.0) / kUniform,
            1 / std::sqrt(7.0)},
           {"mobilenet_v3_small", "classifier.0.weight", 0, 0.01, 0},
           {"convnext_tiny", "features.7.0.block.3.weight", 0, 0.02, 2},
           {"convnext_tiny", "features.1.0.layer_scale", 1e-6, 0, 0},
           {"vit_small_16", "encoder.pos_embedding", 0, 0.02, 0},
           {"vit_small_16", "conv_proj.weight", 0, std::sqrt(1.0 / (3 * 256)), 2},
           {"vit_small_16", "encoder.layers.encoder_layer_3.self_attention.in_proj_weight", 0,
            std::sqrt(6.0 / (4 * 384)) / kUniform, std::sqrt(6.0 / (4 * 384))},
           {"vit_small_16", "encoder.layers.encoder_layer_3.self_attention.out_proj.weight", 0,
            1 / std::sqrt(384.0) / kUniform, 1 / std::sqrt(384.0)},
           {"vit_small_16", "encoder.layers.encoder_layer_3.mlp.0.bias", 0, 1e-6, 0},
           {"vit_small_16", "heads.head.weight", 0, 0, 0},
           {"vit_small_16", "class_token", 0, 0, 0},
       }) {
    const auto model = make_model({.name = expected.model}, shape_of(32), 5);
    const at::Tensor tensor = model->named_parameters()[expected.tensor].detach();
    SCOPED_TRACE(fmt::format("{} {}", expected.model, expected.tensor));
    const double spread = expected.std / std::sqrt(static_cast<double>(tensor.numel()));
    EXPECT_NEAR(tensor.mean().item<double>(), expected.mean, 5 * spread + 1e-12);
    EXPECT_NEAR(tensor.std().item<double>(), expected.std, 5 * spread + 1e-12);
    if (expected.largest > 0) {
      EXPECT_LE(tensor.abs().max().item<double>(), expected.largest * 1.000001);
    }
  }
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
