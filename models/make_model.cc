#include "models/make_model.h"

#include <cmath>

#include <c10/core/impl/LocalDispatchKeySet.h>

#include "core/error.h"
#include "models/catalog/model_catalog.h"
#include "models/families/convnext.h"
#include "models/families/densenet.h"
#include "models/families/lenet.h"
#include "models/families/mlp.h"
#include "models/families/mobile_net.h"
#include "models/families/resnet.h"
#include "models/families/simple_cnn.h"
#include "models/families/vision_transformer.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

/// One function for each family; a family without one does not compile.
struct Maker {
  const ModelOptions& options;
  const ModelShape& shape;

  std::shared_ptr<ImageModel> operator()(const MlpSpec& spec) const {
    return std::make_shared<Mlp>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const LeNetSpec&) const {
    return std::make_shared<LeNet>(options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const SimpleCnnSpec&) const {
    return std::make_shared<SimpleCnn>(options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const ResNetSpec& spec) const {
    return std::make_shared<ResNet>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const DenseNetSpec& spec) const {
    return std::make_shared<DenseNet>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const EfficientNetSpec& spec) const {
    return std::make_shared<MobileNet>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const MobileNetV3Spec& spec) const {
    return std::make_shared<MobileNet>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const ConvNextSpec& spec) const {
    return std::make_shared<ConvNext>(spec, options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const VisionTransformerSpec& spec) const {
    return std::make_shared<VisionTransformer>(spec, options, shape);
  }
};

void check_options(const ModelOptions& options, const ModelShape& shape) {
  const auto is_rate = [](double rate) { return rate >= 0 && rate < 1; };
  check(is_rate(options.dropout), ExitCode::usage, "model.dropout is {}; it must be in [0, 1)",
        options.dropout);
  check(is_rate(options.drop_path), ExitCode::usage, "model.drop_path is {}; it must be in [0, 1)",
        options.drop_path);
  constexpr std::size_t kMostStages = 6;  // each halves the image
  check(options.blocks.size() <= kMostStages, ExitCode::usage,
        "model.blocks has {} stages; a network has at most {}", options.blocks.size(), kMostStages);
  check(shape.outputs >= 1 && shape.channels >= 1, ExitCode::usage,
        "a model needs outputs and channels, not {} and {}", shape.outputs, shape.channels);
  check_input_size(options, shape.height, shape.width);
}

/// How the head begins on features that others have trained: as PyTorch's linear layer, which gives
/// outputs of about 1. Some networks' own heads are for features that begin with them.
InitialValue new_head_value(const torch::nn::Module& layer) {
  for (const auto& parameter : layer.named_parameters(/*recurse=*/false)) {
    if (parameter.key() == "weight") return uniform(1 / std::sqrt(fan_in(parameter.value())));
  }
  return constant(0);
}

void fill_parameters(ImageModel& model, const ModelOptions& options, const ModelShape& shape,
                     std::uint64_t seed) {
  const std::string head = model.stages().back().prefixes.front();
  for (const auto& item : model.named_modules(/*name_prefix=*/"", /*include_self=*/true)) {
    const std::string prefix = item.key().empty() ? "" : item.key() + ".";
    for (auto& parameter : item.value()->named_parameters(/*recurse=*/false)) {
      const std::string name = prefix + parameter.key();
      InitialValue value = model.initial_value(name, *item.value(), parameter.value());
      if (!options.weights.empty() && prefix == head) value = new_head_value(*item.value());
      if (shape.begin_at_zero && name == head + "bias") value = constant(0);
      fill(parameter.value(), value, seed, name);
    }
  }
}

std::shared_ptr<ImageModel> build(const ModelOptions& options, const ModelShape& shape) {
  const ModelEntry& entry = find_model(options.name);
  check_options(options, shape);
  return std::visit(Maker{options, shape}, entry.spec);
}

}  // namespace

std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed) {
  const std::shared_ptr<ImageModel> model = build(options, shape);
  fill_parameters(*model, options, shape, seed);
  for (const std::shared_ptr<torch::nn::Module>& module : model->modules()) {
    auto* block = dynamic_cast<RecomputedBlock*>(module.get());
    if (options.checkpointing && block != nullptr) block->forget();
  }
  return model;
}

std::shared_ptr<ImageModel> make_outline(const ModelOptions& options, const ModelShape& shape) {
  // The layers' constructors draw initial values. With this key the operators that write them are
  // those of the meta device, which do nothing; the allocation is the CPU's all the same. The guard
  // restores all keys: IncludeDispatchKeyGuard leaves the device's behind.
  const c10::impl::LocalDispatchKeySet keys = c10::impl::tls_local_dispatch_key_set();
  const c10::impl::ForceDispatchKeyGuard guard(
      keys.included_ | c10::DispatchKeySet(c10::DispatchKey::Meta), keys.excluded_);
  return build(options, shape);
}

}  // namespace lockstep
