#include "models/families/vision_transformer.h"

#include <cmath>
#include <string>

#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include "models/network/drop_path.h"
#include "models/network/layer_tap.h"
#include "models/network/layers.h"
#include "models/network/recomputed_block.h"

namespace lockstep {
namespace {

constexpr int kExpansion = 4;

/// Multi-head self-attention with torch.nn.MultiheadAttention's names, by matmul and softmax alone:
/// the fused kernels' backward is not deterministic on GPUs.
class SelfAttention : public torch::nn::Module {
 public:
  SelfAttention(int width, int heads)
      : heads_(heads),
        in_proj_weight_(register_parameter("in_proj_weight", at::zeros({3 * width, width}))),
        in_proj_bias_(register_parameter("in_proj_bias", at::zeros({3 * width}))),
        out_proj_(register_module("out_proj", torch::nn::Linear(width, width))) {}

  /// x [B, T, width] -> the same shape.
  at::Tensor forward(const at::Tensor& x) {
    const std::int64_t batch = x.size(0), tokens = x.size(1), width = x.size(2);
    const std::int64_t depth = width / heads_;
    const std::vector<at::Tensor> qkv = at::linear(x, in_proj_weight_, in_proj_bias_)
                                            .view({batch, tokens, 3, heads_, depth})
                                            .permute({2, 0, 3, 1, 4})  // [3, B, heads, T, depth]
                                            .unbind(0);
    const double scale = 1 / std::sqrt(static_cast<double>(depth));
    const at::Tensor weights =
        at::softmax(at::matmul(qkv[0] * scale, qkv[1].transpose(-2, -1)), -1);
    const at::Tensor mixed = at::matmul(weights, qkv[2]);
    return through(out_proj_, mixed.transpose(1, 2).reshape({batch, tokens, width}));
  }

 private:
  std::int64_t heads_;
  at::Tensor in_proj_weight_;
  at::Tensor in_proj_bias_;
  torch::nn::Linear out_proj_;
};

/// torchvision's Sequential, whose numbers are the names.
class FeedForward : public torch::nn::Module {
 public:
  explicit FeedForward(int width)
      : up_(register_module("0", torch::nn::Linear(width, kExpansion * width))),
        down_(register_module("3", torch::nn::Linear(kExpansion * width, width))) {}
  at::Tensor forward(const at::Tensor& x) { return through(down_, at::gelu(through(up_, x))); }

 private:
  torch::nn::Linear up_;
  torch::nn::Linear down_;
};

class EncoderLayer : public RecomputedBlock {
 public:
  EncoderLayer(int width, int heads, double drop_path)
      : ln_1_(register_module("ln_1", ChannelNorm(width))),
        self_attention_(
            register_module("self_attention", std::make_shared<SelfAttention>(width, heads))),
        ln_2_(register_module("ln_2", ChannelNorm(width))),
        mlp_(register_module("mlp", std::make_shared<FeedForward>(width))),
        drop_path_(register_module("drop_path", DropPath(drop_path))) {}

  at::Tensor forward(const at::Tensor& x) { return run({x}); }

  at::Tensor compute(at::TensorList inputs) override {
    const at::Tensor& x = inputs[0];
    const at::Tensor y = x + drop_path_(through(self_attention_, ln_1_->forward_last(x)));
    return y + drop_path_(through(mlp_, ln_2_->forward_last(y)));
  }

 private:
  ChannelNorm ln_1_;
  std::shared_ptr<SelfAttention> self_attention_;
  ChannelNorm ln_2_;
  std::shared_ptr<FeedForward> mlp_;
  DropPath drop_path_;
};

}  // namespace

class VisionTransformer::Encoder : public torch::nn::Module {
 public:
  Encoder(const VisionTransformerSpec& spec, const ModelOptions& options, int tokens)
      : pos_embedding_(register_parameter("pos_embedding", at::zeros({1, tokens, spec.width}))),
        ln_(spec.width) {
    auto layers = register_module("layers", std::make_shared<torch::nn::Module>());
    for (int i = 0; i < spec.layers; ++i) {
      layers_.push_back(layers->register_module(
          "encoder_layer_" + std::to_string(i),
          std::make_shared<EncoderLayer>(spec.width, spec.heads,
                                         drop_path_up_to(options.drop_path, i, spec.layers))));
    }
    register_module("ln", ln_);
  }

  /// x [B, T, width] -> what the class token became [B, width].
  at::Tensor forward(at::Tensor x) {
    x = x + pos_embedding_;
    for (const std::shared_ptr<EncoderLayer>& layer : layers_) x = through(layer, x);
    return ln_->forward_last(x.select(1, 0));  // the norm of a token knows no other
  }

  std::size_t size() const { return layers_.size(); }

 private:
  at::Tensor pos_embedding_;  ///< [1, T, width]
  std::vector<std::shared_ptr<EncoderLayer>> layers_;
  ChannelNorm ln_;
};

VisionTransformer::VisionTransformer(const VisionTransformerSpec& spec, const ModelOptions& options,
                                     const ModelShape& shape)
    : class_token_(register_parameter("class_token", at::zeros({1, 1, spec.width}))),
      conv_proj_(register_module(
          "conv_proj",
          torch::nn::Conv2d(torch::nn::Conv2dOptions(shape.channels, spec.width, spec.patch)
                                .stride(spec.patch)))),
      encoder_(register_module(
          "encoder",
          std::make_shared<Encoder>(spec, options,
                                    1 + (shape.height / spec.patch) * (shape.width / spec.patch)))),
      dropout_(register_module("dropout", torch::nn::Dropout(options.dropout))),
      head_(spec.width, shape.outputs) {
  register_module("heads", std::make_shared<torch::nn::Module>())->register_module("head", head_);
}

at::Tensor VisionTransformer::features(at::Tensor x) {
  x = through(conv_proj_, x).flatten(2).transpose(1, 2);  // [B, patches, width]
  x = at::cat({class_token_.expand({x.size(0), -1, -1}), x}, 1);
  return through(encoder_, x);
}

at::Tensor VisionTransformer::head(const at::Tensor& features) {
  return through(head_, dropout_(features));
}

std::vector<ModelStage> VisionTransformer::stages() const {
  std::vector<ModelStage> stages{{"stem", {"class_token", "conv_proj.", "encoder.pos_embedding"}}};
  for (std::size_t i = 0; i < encoder_->size(); ++i) {
    const std::string name = "encoder_layer_" + std::to_string(i);
    stages.push_back({name, {"encoder.layers." + name + "."}});
  }
  stages.push_back({"norm", {"encoder.ln."}});
  stages.push_back({"head", {"heads.head."}});
  return stages;
}

InitialValue VisionTransformer::initial_value(const std::string& name,
                                              const torch::nn::Module& layer,
                                              const at::Tensor& parameter) const {
  if (layer.as<ChannelNorm>()) return default_initial_value(name, layer, parameter);
  if (name == "encoder.pos_embedding") return normal(0.02);
  if (name == "conv_proj.weight") return truncated_normal(std::sqrt(1 / fan_in(parameter)));
  if (name.find(".mlp.") != std::string::npos && name.ends_with("bias")) return normal(1e-6);
  // The class token, the head, and all other biases.
  if (parameter.dim() != 2 || name.starts_with("heads.")) return constant(0);
  if (name.ends_with("out_proj.weight")) return default_initial_value(name, layer, parameter);
  return xavier_uniform(fan_in(parameter), fan_out(parameter));
}

}  // namespace lockstep
