#include "models/weights/load_weights.h"

#include <fstream>
#include <limits>

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/sin.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "models/make_model.h"
#include "models/weights/tensor_names.h"
#include "models/weights/weight_file.h"
#include "tests/message_of.h"
#include "tests/models/one_thread.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

const testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ModelShape shape_of(int channels, int outputs, int side = 32) {
  return {.channels = channels, .outputs = outputs, .height = side, .width = side};
}

/// The tensors of a model as a file has them.
WeightFile file_of(const ModelOptions& options, const ModelShape& shape,
                   NameStyle style = NameStyle::torchvision) {
  const auto model = make_model(options, shape, 1);
  WeightFile file{.path = "x.safetensors",
                  .hash = "1",
                  .tensors = {},
                  .metadata = {},
                  .notes = {},
                  .content = {}};
  const ModelEntry& entry = find_model(options.name);
  const auto add = [&](const std::string& name, const at::Tensor& value) {
    file.tensors.push_back(
        {styled_name(style, entry, name).value(),
         value.detach().clone().view(styled_shape(style, entry, name, value.sizes().vec()))});
  };
  for (const auto& item : model->named_parameters()) add(item.key(), item.value());
  for (const auto& item : model->named_buffers()) add(item.key(), item.value());
  return file;
}

at::Tensor& tensor(WeightFile& file, const std::string& name) {
  for (WeightFile::Entry& entry : file.tensors) {
    if (entry.name == name) return entry.value;
  }
  throw std::runtime_error(name);
}

TEST(LoadWeights, WithAndWithoutNormDoNotFitEachOther) {
  for (const char* name : {"resnet18", "efficientnet_b0"}) {
    const ModelOptions usual{.name = name};
    const ModelOptions none{.name = name, .norm = Norm::none};
    const auto load = [](const ModelOptions& from, const ModelOptions& to, MissingWeights missing) {
      const auto model = make_model(to, shape_of(3, 4), 2);
      return load_weights(file_of(from, shape_of(3, 4)), to, missing, *model);
    };
    EXPECT_TRUE(load(none, none, MissingWeights::exact).empty()) << name;
    EXPECT_THAT(message_of(ExitCode::usage, [&] { load(usual, none, MissingWeights::refused); }),
                HasSubstr("with BatchNorm: they need model.norm=batch, not none"));
    EXPECT_THAT(message_of(ExitCode::usage, [&] { load(none, usual, MissingWeights::refused); }),
                HasSubstr("without BatchNorm: they need model.norm=none, not batch"));
    EXPECT_THAT(load(usual, none, MissingWeights::left),
                testing::Contains(HasSubstr("not of the network: ")));
  }
}

TEST(LoadWeights, OfEveryStyleGiveTheSameModel) {
  for (const char* name :
       {"resnet18", "densenet121", "efficientnet_b0", "tf_efficientnet_lite0", "mobilenet_v3_small",
        "mobilenet_v3_large", "convnext_tiny", "vit_small_16"}) {
    const ModelOptions options{.name = name};
    const auto wanted = make_model(options, shape_of(3, 4), 1);
    for (const auto& [style, style_name] : enum_names(NameStyle{})) {
      if (!styled_name(style, find_model(name), wanted->named_parameters()[0].key())) continue;
      const auto model = make_model(options, shape_of(3, 4), 2);
      const auto notes = load_weights(file_of(options, shape_of(3, 4), style), options,
                                      MissingWeights::refused, *model);
      for (const auto& item : wanted->named_parameters()) {
        EXPECT_TRUE(item.value().equal(model->named_parameters()[item.key()]))
            << name << " " << style_name << " " << item.key();
      }
      // Whose names they are, and of the package efficientnet_pytorch that it pads otherwise.
      const bool pads_otherwise =
          style == NameStyle::efficientnet_pytorch && !std::string_view(name).starts_with("tf_");
      EXPECT_EQ(notes.size(), style == NameStyle::torchvision || notes.empty() ? 0u
                              : pads_otherwise                                 ? 2u
                                                                               : 1u)
          << name << " " << style_name;
    }
  }
}

TEST(LoadWeights, AHeadOfOtherOutputsStartsAnewAndIsTold) {
  const ModelOptions options{.name = "resnet18"};
  const auto model = make_model(options, shape_of(3, 5), 2);
  const at::Tensor head = model->named_parameters()["fc.weight"].detach().clone();
  EXPECT_THAT(
      load_weights(file_of(options, shape_of(3, 7)), options, MissingWeights::refused, *model),
      ElementsAre("the head has 7 outputs there and 5 here: it starts anew"));
  EXPECT_TRUE(head.equal(model->named_parameters()["fc.weight"]));
}

TEST(LoadWeights, ThreeChannelsBecomeOneAndOneBecomesThree) {
  const ModelOptions options{.name = "resnet18"};
  WeightFile three = file_of(options, shape_of(3, 5));
  const auto one = make_model(options, shape_of(1, 5), 2);
  EXPECT_THAT(load_weights(three, options, MissingWeights::refused, *one),
              ElementsAre("'conv1.weight' is for 3 channels: summed for images of 1"));
  EXPECT_TRUE(
      one->named_parameters()["conv1.weight"].equal(tensor(three, "conv1.weight").sum(1, true)));
  WeightFile grey = file_of(options, shape_of(1, 5));
  const auto coloured = make_model(options, shape_of(3, 5), 2);
  load_weights(grey, options, MissingWeights::refused, *coloured);
  EXPECT_TRUE(coloured->named_parameters()["conv1.weight"].sum(1, true).allclose(
      tensor(grey, "conv1.weight")));
  const auto four = make_model(options, shape_of(4, 5), 2);
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { load_weights(three, options, MissingWeights::refused, *four); }),
              HasSubstr("conv1.weight (for 3 channels there, 4 here; 3 can become 1"));
}

TEST(LoadWeights, WhatDoesNotFitIsListedAndTakenOnlyWhenAsked) {
  const ModelOptions options{.name = "resnet18"};
  WeightFile file = file_of(options, shape_of(3, 5));
  for (WeightFile::Entry& entry : file.tensors) {
    if (entry.name == "bn1.weight") entry.name = "bn1.weigth";
  }
  tensor(file, "layer1.0.conv1.weight") = at::ones({3, 3});
  const auto model = make_model(options, shape_of(3, 5), 2);
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { load_weights(file, options, MissingWeights::refused, *model); }),
              AllOf(HasSubstr("1 missing in the file: bn1.weight (there is 'bn1.weigth')"),
                    HasSubstr("1 not of the network: bn1.weigth"),
                    HasSubstr("layer1.0.conv1.weight ([3, 3] there, [64, 64, 3, 3] here)"),
                    HasSubstr("model.weights_partial=true")));
  EXPECT_EQ(load_weights(file, options, MissingWeights::left, *model).size(), 3u);
  EXPECT_TRUE(model->named_parameters()["conv1.weight"].equal(tensor(file, "conv1.weight")));
}

TEST(LoadWeights, WholeNumbersAreNoWeights) {
  const ModelOptions options{.name = "resnet18"};
  WeightFile file = file_of(options, shape_of(3, 10));
  tensor(file, "fc.bias") = at::ones({10}, at::kLong);
  const auto model = make_model(options, shape_of(3, 10), 2);
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { load_weights(file, options, MissingWeights::refused, *model); }),
              HasSubstr("fc.bias (whole numbers there)"));
}

TEST(LoadWeights, OfAnotherNetworkSayWhichItLooksLike) {
  const ModelOptions options{.name = "resnet34"};
  const auto model = make_model(options, shape_of(3, 5), 2);
  const WeightFile file = file_of({.name = "resnet18"}, shape_of(3, 1000));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] { load_weights(file, options, MissingWeights::refused, *model); }),
              HasSubstr("look like those of resnet18"));
}

TEST(LoadWeights, PositionEmbeddingsAreInterpolatedAsTorchvisionDoes) {
  std::ifstream stream(LOCKSTEP_GOLDEN_MODELS "/embeddings.json");
  const auto expected = nlohmann::json::parse(stream).get<std::vector<float>>();
  const at::Tensor embeddings = at::sin(at::arange(20, at::kFloat)).view({1, 10, 2});
  const at::Tensor resized = resize_position_embeddings(embeddings, 4, 4).contiguous();
  ASSERT_EQ(resized.numel(), static_cast<std::int64_t>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(resized.const_data_ptr<float>()[i], expected[i], 1e-5) << i;
  }
  const ModelOptions options{.name = "vit_small_16"};
  const auto model = make_model(options, shape_of(3, 5, 64), 2);
  EXPECT_THAT(
      load_weights(file_of(options, shape_of(3, 5, 32)), options, MissingWeights::refused, *model),
      ElementsAre("position embeddings interpolated from 4 patches to 16"));
}

class WeightFiles : public testing::TestWithParam<const char*> {};

TEST_P(WeightFiles, OfTorchSaveAreRead) {
  const WeightFile file =
      read_weight_file(std::filesystem::path(LOCKSTEP_GOLDEN_MODELS) / GetParam());
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_EQ(file.tensors[0].name, "bn.num_batches_tracked");
  EXPECT_EQ(file.tensors[0].value.item<std::int64_t>(), 7);
  EXPECT_EQ(file.tensors[1].name, "fc.bias");
  EXPECT_EQ(file.tensors[1].value.scalar_type(), at::kFloat);
  EXPECT_EQ(file.tensors[1].value[1].item<float>(), -2);
  EXPECT_EQ(file.tensors[2].name, "fc.weight");
  EXPECT_TRUE(file.tensors[2].value.is_contiguous());
  EXPECT_TRUE(file.tensors[2].value.equal(at::arange(6, at::kFloat).view({2, 3}) / 4));
  EXPECT_THAT(file.notes, testing::Contains("its names begin with 'module.'"));
  EXPECT_THAT(file.notes, testing::Contains("converted to float32 from Half"));
}

INSTANTIATE_TEST_SUITE_P(Weights, WeightFiles, testing::Values("zip.pth", "before_1_6.pth"),
                         [](const auto& test) {
                           return std::string(test.param).substr(0, 3) == "zip" ? "zip" : "old";
                         });

/// Whatever is wrong with it: an error of the data that names the file, or other numbers.
TEST(DamagedWeights, NeverEndOtherwiseThanWithAnError) {
  const TemporaryDirectory directory;
  for (const char* name : {"zip.pth", "before_1_6.pth"}) {
    std::ifstream stream(std::filesystem::path(LOCKSTEP_GOLDEN_MODELS) / name, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(stream)), {});
    int refused = 0;
    for (std::size_t at = 0; at < content.size(); ++at) {
      for (const bool cut : {false, true}) {
        std::string damaged = cut ? content.substr(0, at) : content;
        if (!cut) damaged[at] = static_cast<char>(damaged[at] ^ 0x41);
        std::ofstream(directory / "x.pth", std::ios::binary) << damaged;
        try {
          read_weight_file(directory / "x.pth");
        } catch (const Error& error) {
          ++refused;
          ASSERT_EQ(error.code(), ExitCode::data) << error.what();
          ASSERT_THAT(error.what(), HasSubstr("x.pth"));
        }
      }
    }
    EXPECT_GT(refused, static_cast<int>(content.size()));
  }
}

TEST(WeightFiles, OfSafetensorsMayBeginAsAPickleDoes) {
  const TemporaryDirectory directory;
  const float value = 7;
  const std::vector<TensorView> views = {
      {"fc.bias", DType::f32, {1}, std::as_bytes(std::span(&value, 1))}};
  char first = 0;  // of the length of its header
  for (std::size_t more = 0; first != '\x80'; more += 8) {
    ASSERT_LT(more, 256u);
    write_safetensors(directory / "x", views, {{"x", std::string(more, 'x')}});
    std::ifstream(directory / "x").get(first);
  }
  EXPECT_EQ(read_weight_file(directory / "x").tensors[0].value.item<float>(), 7);
}

TEST(WeightFiles, OfSafetensorsMayHaveTheirNumbersAtAnyAddress) {
  const TemporaryDirectory directory;
  for (const std::size_t spaces : {0, 1, 2, 3}) {
    const std::string header =
        R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})" + std::string(spaces, ' ');
    const std::uint64_t length = header.size();
    const float values[] = {1.5f, -2};
    std::ofstream file(directory / "x", std::ios::binary);
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file << header;
    file.write(reinterpret_cast<const char*>(values), sizeof values);
    file.close();
    const at::Tensor read = read_weight_file(directory / "x").tensors[0].value;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(read.const_data_ptr()) % sizeof(float), 0u);
    EXPECT_EQ(read[0].item<float>(), 1.5f);
    EXPECT_EQ(read[1].item<float>(), -2);
  }
}

TEST(DamagedWeights, NumbersThatAreNotFiniteAreNamed) {
  const TemporaryDirectory directory;
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN()};
  const std::vector<TensorView> views = {
      {"fc.bias", DType::f32, {2}, std::as_bytes(std::span(values))}};
  write_safetensors(directory / "x.safetensors", views, {});
  EXPECT_THAT(message_of(ExitCode::data, [&] { read_weight_file(directory / "x.safetensors"); }),
              AllOf(HasSubstr("x.safetensors"), HasSubstr("'fc.bias' holds numbers that are not")));
}

}  // namespace
}  // namespace lockstep
