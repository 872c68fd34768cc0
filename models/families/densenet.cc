#include "models/families/densenet.h"

#include <string>
#include <vector>

#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <torch/nn/modules/conv.h>

#include "models/network/batch_norm.h"
#include "models/network/layer_tap.h"
#include "models/network/layers.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

constexpr int kBottleneck = 4;  ///< channels of the 1x1 convolutions, in growths

/// What it adds to the features: 1x1 and 3x3 convolutions, each behind BatchNorm and ReLU.
class DenseLayer : public RecomputedBlock {
 public:
  DenseLayer(int in, int growth, const NormOptions& norm)
      : norm1_(register_module("norm1", BatchNorm(in, norm))),
        conv1_(register_module("conv1", conv(in, kBottleneck * growth, 1))),
        norm2_(register_module("norm2", BatchNorm(kBottleneck * growth, norm))),
        conv2_(register_module("conv2", conv(kBottleneck * growth, growth, 3))) {}

  at::Tensor forward(const std::vector<at::Tensor>& features) { return run(features); }

  at::Tensor compute(at::TensorList features) override {
    const at::Tensor x = features.size() == 1 ? features[0] : at::cat(features, 1);
    const at::Tensor y = through(conv1_, through(norm1_, x).relu_());
    return through(conv2_, through(norm2_, y).relu_());
  }

 private:
  BatchNorm norm1_;
  torch::nn::Conv2d conv1_;
  BatchNorm norm2_;
  torch::nn::Conv2d conv2_;
};

class DenseBlock : public torch::nn::Module {
 public:
  DenseBlock(int in, int growth, int layers, const NormOptions& norm) {
    for (int i = 0; i < layers; ++i) {
      layers_.push_back(
          register_module("denselayer" + std::to_string(i + 1),
                          std::make_shared<DenseLayer>(in + i * growth, growth, norm)));
    }
  }

  at::Tensor forward(const at::Tensor& x) {
    std::vector<at::Tensor> features = {x};
    for (const std::shared_ptr<DenseLayer>& layer : layers_) {
      features.push_back(through(layer, features));
    }
    return at::cat(features, 1);
  }

 private:
  std::vector<std::shared_ptr<DenseLayer>> layers_;
};

/// Half the channels, half the size.
class Transition : public torch::nn::Module {
 public:
  Transition(int in, int out, const NormOptions& norm)
      : norm_(register_module("norm", BatchNorm(in, norm))),
        conv_(register_module("conv", conv(in, out, 1))) {}

  at::Tensor forward(const at::Tensor& x) {
    return at::avg_pool2d(through(conv_, through(norm_, x).relu_()), 2);
  }

 private:
  BatchNorm norm_;
  torch::nn::Conv2d conv_;
};

}  // namespace

DenseNet::DenseNet(const DenseNetSpec& spec, const ModelOptions& options, const ModelShape& shape)
    : dropout_(options.dropout) {
  const bool small = options.stem == Stem::small;
  const NormOptions norm{options.norm};
  const int growth = options.growth > 0 ? options.growth : spec.growth;
  const std::vector<int> blocks = stage_lengths(spec.blocks, options.blocks);
  blocks_ = blocks.size();
  int channels = spec.first_channels;
  features_->add("conv0",
                 small ? conv(shape.channels, channels, 3) : conv(shape.channels, channels, 7, 2));
  features_->add("norm0", BatchNorm(channels, norm));
  features_->add_step([](const at::Tensor& y) { return y.relu_(); });
  if (!small) {
    features_->add_step([](const at::Tensor& y) { return at::max_pool2d(y, 3, 2, 1); });
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    features_->add("denseblock" + number,
                   std::make_shared<DenseBlock>(channels, growth, blocks[i], norm));
    channels += blocks[i] * growth;
    if (i + 1 == blocks.size()) break;
    features_->add("transition" + number,
                   std::make_shared<Transition>(channels, channels / 2, norm));
    channels /= 2;
  }
  features_->add("norm5", BatchNorm(channels, norm));
  register_module("features", features_);
  register_module("dropout", dropout_);
  classifier_ = register_module("classifier", torch::nn::Linear(channels, shape.outputs));
}

at::Tensor DenseNet::features(at::Tensor x) { return image_mean(through(features_, x).relu_()); }

at::Tensor DenseNet::head(const at::Tensor& features) {
  return through(classifier_, dropout_(features));
}

std::vector<ModelStage> DenseNet::stages() const {
  std::vector<ModelStage> stages{{"stem", {"features.conv0.", "features.norm0."}}};
  for (std::size_t i = 1; i <= blocks_; ++i) {
    const std::string number = std::to_string(i);
    stages.push_back({"denseblock" + number, {"features.denseblock" + number + "."}});
    // Its transition belongs to a block; the norm behind the last one is its transition.
    stages.back().prefixes.push_back(i < blocks_ ? "features.transition" + number + "."
                                                 : "features.norm5.");
  }
  stages.push_back({"head", {"classifier."}});
  return stages;
}

InitialValue DenseNet::initial_value(const std::string& name, const torch::nn::Module& layer,
                                     const at::Tensor& parameter) const {
  if (layer.as<torch::nn::Conv2d>()) return he_normal(fan_in(parameter));
  if (name == "classifier.bias") return constant(0);
  return default_initial_value(name, layer, parameter);
}

}  // namespace lockstep
