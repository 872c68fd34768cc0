#include <fstream>
#include <set>

#include <ATen/Context.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "models/model_summary.h"
#include "models/weights/tensor_names.h"
#include "tests/models/formula.h"
#include "tests/models/one_thread.h"

namespace lockstep {
namespace {

const testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

constexpr double kTolerance = 1e-4;  // relative
constexpr int kOutputs = 5;
constexpr int kBatch = 3;

nlohmann::json golden(const std::string& file) {
  std::ifstream stream(LOCKSTEP_GOLDEN_MODELS "/" + file);
  return nlohmann::json::parse(stream);
}

void expect_near(const at::Tensor& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.numel(), static_cast<std::int64_t>(expected.size()));
  double largest = 0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  const at::Tensor flat = found.detach().flatten();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(flat[static_cast<std::int64_t>(i)].item<double>(), expected[i],
                kTolerance * largest)
        << i;
  }
}

/// `expected`: name -> norm.
void expect_norms(const std::vector<std::pair<std::string, at::Tensor>>& found,
                  const nlohmann::json& expected) {
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [name, tensor] : found) {
    ASSERT_TRUE(expected.contains(name)) << name;
    const double norm = expected[name].get<double>();
    // A gradient that is 0 but for rounding (of a bias before a BatchNorm, say) is 0 in both.
    EXPECT_NEAR(tensor.norm().item<double>(), norm, kTolerance * norm + 1e-9) << name;
  }
}

class GoldenCase : public testing::TestWithParam<std::string> {};

TEST_P(GoldenCase, OutputsGradientsAndBuffersAreThePeers) {
  const nlohmann::json cases = golden("cases.json");
  const nlohmann::json& expected = cases.at(GetParam());
  const int side = expected["side"];
  const auto model = make_model(
      {.name = GetParam()}, {.channels = 3, .outputs = kOutputs, .height = side, .width = side}, 1);
  model->to(at::kDouble);
  fill_by_formula(*model);
  const at::Tensor images = uniform_values("images", std::int64_t{kBatch} * 3 * side * side)
                                .view({kBatch, 3, side, side})
                                .contiguous(at::MemoryFormat::ChannelsLast);
  {
    const at::NoGradGuard no_grad;
    model->eval();
    expect_near(model->forward(images), expected["evaluated"]);
  }
  model->train();
  const at::Tensor outputs = model->forward(images);
  expect_near(outputs, expected["trained"]);
  const at::Tensor loss = at::cross_entropy_loss(outputs, at::arange(kBatch, at::kLong) % kOutputs);
  EXPECT_NEAR(loss.item<double>(), expected["loss"].get<double>(), kTolerance);
  loss.backward();

  std::vector<std::pair<std::string, at::Tensor>> gradients, buffers;
  for (const auto& item : model->named_parameters()) {
    gradients.emplace_back(item.key(), item.value().grad());
  }
  expect_norms(gradients, expected["gradients"]);
  for (const auto& item : model->named_buffers()) {
    if (item.value().dim() > 0) buffers.emplace_back(item.key(), item.value());
  }
  expect_norms(buffers, expected["buffers"]);
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  const nlohmann::json cases = golden("cases.json");
  for (const auto& [name, unused] : cases.items()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Models, GoldenCase, testing::ValuesIn(case_names()),
                         [](const auto& test) { return test.param; });

ModelShape published_shape(const ModelEntry& entry) {
  return {.channels = 3, .outputs = 1000, .height = entry.usual_side, .width = entry.usual_side};
}

/// Hashes the names and shapes of all tensors, as that style has them; counters of batches are not
/// compared.
std::string tensor_hash(const ImageModel& model, const ModelEntry& entry, NameStyle style) {
  std::set<std::string> lines;
  std::size_t tensors = 0;
  const auto add = [&](const std::string& name, const at::Tensor& value) {
    if (value.dim() == 0) return;
    ++tensors;
    lines.insert(
        fmt::format("{} {}\n", styled_name(style, entry, name).value(),
                    fmt::join(styled_shape(style, entry, name, value.sizes().vec()), "x")));
  };
  for (const auto& item : model.named_parameters()) add(item.key(), item.value());
  for (const auto& item : model.named_buffers()) add(item.key(), item.value());
  EXPECT_EQ(lines.size(), tensors) << "no two get one name";
  return fmt::format("{:016x}", fnv1a(fmt::format("{}", fmt::join(lines, ""))));
}

TEST(GoldenNetworks, EveryNameHasThePeersTensorsAndCost) {
  const nlohmann::json networks = golden("networks.json");
  std::size_t compared = 0;
  for (const ModelEntry& entry : model_catalog()) {
    const std::string name(entry.name);
    SCOPED_TRACE(name);
    const auto model = make_model({.name = name}, published_shape(entry), 1);
    const ModelCost cost = cost_of(*model, published_shape(entry));
    EXPECT_EQ(cost.parameters, entry.parameters);
    EXPECT_EQ(cost.multiply_adds, entry.multiply_adds);
    if (entry.source != "torchvision" && entry.source != "timm") continue;
    ++compared;
    const nlohmann::json& expected = networks.at(name);
    EXPECT_EQ(tensor_hash(*model, entry, NameStyle::torchvision),
              expected["names"].get<std::string>());
    EXPECT_EQ(tensor_hash(*model, entry, NameStyle::timm), expected["timm"].get<std::string>());
    EXPECT_EQ(entry.usual_side, expected["side"].get<int>());
    EXPECT_EQ(entry.parameters, expected["parameters"].get<std::int64_t>());
    EXPECT_EQ(entry.multiply_adds, expected["multiply_adds"].get<std::int64_t>());
    if (expected.contains("published_gflops")) {
      const double published = expected["published_gflops"].get<double>() * 1e9;
      EXPECT_NEAR(static_cast<double>(cost.multiply_adds), published,
                  0.6e6);  // it has three digits after the point
    }
  }
  EXPECT_EQ(compared, networks.size());
}

}  // namespace
}  // namespace lockstep
