#include "models/families/resnet.h"

#include <numeric>

#include <ATen/ops/max_pool2d.h>

#include "models/network/drop_path.h"
#include "models/network/layer_tap.h"
#include "models/network/layers.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

constexpr int kFirstChannels = 64;
constexpr int kBottleneckExpansion = 4;

/// What is between the shortcut's ends.
struct BlockShape {
  int in = 0;
  int out = 0;
  int inner = 0;  ///< channels of a bottleneck's 3x3 convolution
  int stride = 1;
  int groups = 1;
  double drop_path = 0;
  NormOptions norm = {};
};

/// The shortcut of a block whose shape changes: a 1x1 convolution; null where it does not.
std::shared_ptr<Chain> downsample_of(const BlockShape& shape) {
  if (shape.stride == 1 && shape.in == shape.out) return nullptr;
  auto chain = std::make_shared<Chain>();
  chain->push_back(conv(shape.in, shape.out, 1, shape.stride));
  chain->push_back(BatchNorm(shape.out, shape.norm));
  return chain;
}

/// Two 3x3 convolutions around a shortcut.
class BasicBlock : public RecomputedBlock {
 public:
  explicit BasicBlock(const BlockShape& shape)
      : conv1_(register_module("conv1", conv(shape.in, shape.out, 3, shape.stride))),
        bn1_(register_module("bn1", BatchNorm(shape.out, shape.norm))),
        conv2_(register_module("conv2", conv(shape.out, shape.out, 3))),
        bn2_(register_module("bn2", BatchNorm(shape.out, shape.norm))),
        downsample_(downsample_of(shape)),
        drop_path_(register_module("drop_path", DropPath(shape.drop_path))) {
    if (downsample_ != nullptr) register_module("downsample", downsample_);
  }

  at::Tensor forward(const at::Tensor& x) { return run({x}); }

  at::Tensor compute(at::TensorList inputs) override {
    const at::Tensor& x = inputs[0];
    at::Tensor y = through(bn1_, through(conv1_, x)).relu_();
    y = drop_path_(through(bn2_, through(conv2_, y)));
    return (y + (downsample_ == nullptr ? x : through(downsample_, x))).relu_();
  }

 private:
  torch::nn::Conv2d conv1_;
  BatchNorm bn1_;
  torch::nn::Conv2d conv2_;
  BatchNorm bn2_;
  std::shared_ptr<Chain> downsample_;
  DropPath drop_path_;
};

/// 1x1, 3x3 (where the stride is, as in torchvision) and 1x1 around a shortcut.
class Bottleneck : public RecomputedBlock {
 public:
  explicit Bottleneck(const BlockShape& shape)
      : conv1_(register_module("conv1", conv(shape.in, shape.inner, 1))),
        bn1_(register_module("bn1", BatchNorm(shape.inner, shape.norm))),
        conv2_(register_module("conv2",
                               conv(shape.inner, shape.inner, 3, shape.stride, shape.groups))),
        bn2_(register_module("bn2", BatchNorm(shape.inner, shape.norm))),
        conv3_(register_module("conv3", conv(shape.inner, shape.out, 1))),
        bn3_(register_module("bn3", BatchNorm(shape.out, shape.norm))),
        downsample_(downsample_of(shape)),
        drop_path_(register_module("drop_path", DropPath(shape.drop_path))) {
    if (downsample_ != nullptr) register_module("downsample", downsample_);
  }

  at::Tensor forward(const at::Tensor& x) { return run({x}); }

  at::Tensor compute(at::TensorList inputs) override {
    const at::Tensor& x = inputs[0];
    at::Tensor y = through(bn1_, through(conv1_, x)).relu_();
    y = through(bn2_, through(conv2_, y)).relu_();
    y = drop_path_(through(bn3_, through(conv3_, y)));
    return (y + (downsample_ == nullptr ? x : through(downsample_, x))).relu_();
  }

 private:
  torch::nn::Conv2d conv1_;
  BatchNorm bn1_;
  torch::nn::Conv2d conv2_;
  BatchNorm bn2_;
  torch::nn::Conv2d conv3_;
  BatchNorm bn3_;
  std::shared_ptr<Chain> downsample_;
  DropPath drop_path_;
};

}  // namespace

ResNet::ResNet(const ResNetSpec& spec, const ModelOptions& options, const ModelShape& shape)
    : stem_(options.stem) {
  // A block's last norm: with weight 0, the block is its shortcut.
  if (options.zero_init_residual) {
    zeroed_ = spec.block == ResNetBlock::basic ? ".bn2.weight" : ".bn3.weight";
  }
  const NormOptions norm{options.norm};
  const int first = scaled(kFirstChannels, options.width);
  conv1_ = register_module("conv1", stem_ == Stem::imagenet ? conv(shape.channels, first, 7, 2)
                                                            : conv(shape.channels, first, 3));
  bn1_ = register_module("bn1", BatchNorm(first, norm));
  const std::vector<int> blocks = stage_lengths(spec.blocks, options.blocks);
  const int all = std::reduce(blocks.begin(), blocks.end());
  BlockShape block{.in = first, .groups = spec.groups, .norm = norm};
  int planes = first;
  int number = 0;
  for (std::size_t stage = 0; stage < blocks.size(); ++stage, planes *= 2) {
    auto layer = std::make_shared<Chain>();
    for (int i = 0; i < blocks[stage]; ++i, ++number) {
      block.stride = stage > 0 && i == 0 ? 2 : 1;
      block.drop_path = drop_path_up_to(options.drop_path, number, all);
      if (spec.block == ResNetBlock::basic) {
        block.out = planes;
        layer->push_back(std::make_shared<BasicBlock>(block));
      } else {
        block.out = planes * kBottleneckExpansion;
        block.inner = scaled(planes, spec.width_per_group / 64.0) * spec.groups;
        layer->push_back(std::make_shared<Bottleneck>(block));
      }
      block.in = block.out;
    }
    layers_.push_back(register_module("layer" + std::to_string(stage + 1), layer));
  }
  dropout_ = register_module("dropout", torch::nn::Dropout(options.dropout));
  fc_ = register_module("fc", torch::nn::Linear(block.out, shape.outputs));
}

at::Tensor ResNet::features(at::Tensor x) {
  x = through(bn1_, through(conv1_, x)).relu_();
  if (stem_ == Stem::imagenet) x = at::max_pool2d(x, 3, 2, 1);
  for (const std::shared_ptr<Chain>& layer : layers_) x = through(layer, x);
  return image_mean(x);
}

at::Tensor ResNet::head(const at::Tensor& features) { return through(fc_, dropout_(features)); }

std::vector<ModelStage> ResNet::stages() const {
  std::vector<ModelStage> stages{{"stem", {"conv1.", "bn1."}}};
  for (std::size_t i = 1; i <= layers_.size(); ++i) {
    const std::string name = "layer" + std::to_string(i);
    stages.push_back({name, {name + "."}});
  }
  stages.push_back({"head", {"fc."}});
  return stages;
}

InitialValue ResNet::initial_value(const std::string& name, const torch::nn::Module& layer,
                                   const at::Tensor& parameter) const {
  if (!zeroed_.empty() && name.ends_with(zeroed_)) return constant(0);
  return default_initial_value(name, layer, parameter);
}

}  // namespace lockstep
