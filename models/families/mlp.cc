#include "models/families/mlp.h"

#include <string>

#include "models/network/layer_tap.h"

namespace lockstep {
namespace {

const std::vector<int> kHidden = {512, 256};

}  // namespace

Mlp::Mlp(const MlpSpec& spec, const ModelOptions& options, const ModelShape& shape)
    : dropout_(options.dropout) {
  std::vector<int> widths = options.widths.empty() ? kHidden : options.widths;
  if (!spec.has_hidden) widths.clear();
  int in = shape.channels * shape.height * shape.width;
  for (const int width : widths) {
    hidden_.push_back(register_module("hidden" + std::to_string(hidden_.size() + 1),
                                      torch::nn::Linear(in, width)));
    in = width;
  }
  register_module("dropout", dropout_);
  fc_ = register_module("fc", torch::nn::Linear(in, shape.outputs));
}

at::Tensor Mlp::features(at::Tensor x) {
  x = x.flatten(1);
  for (const torch::nn::Linear& layer : hidden_) x = through(layer, x).relu_();
  return x;
}

at::Tensor Mlp::head(const at::Tensor& features) { return through(fc_, dropout_(features)); }

std::vector<ModelStage> Mlp::stages() const {
  std::vector<ModelStage> stages;
  for (std::size_t i = 1; i <= hidden_.size(); ++i) {
    const std::string name = "hidden" + std::to_string(i);
    stages.push_back({name, {name + "."}});
  }
  stages.push_back({"head", {"fc."}});
  return stages;
}

}  // namespace lockstep
