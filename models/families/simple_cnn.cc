#include "models/families/simple_cnn.h"

#include <string>

#include <ATen/ops/max_pool2d.h>

#include "models/network/layer_tap.h"
#include "models/network/layers.h"

namespace lockstep {
namespace {

const std::vector<int> kWidths = {32, 64, 128};

}  // namespace

SimpleCnn::SimpleCnn(const ModelOptions& options, const ModelShape& shape)
    : dropout_(options.dropout) {
  int in = shape.channels;
  for (const int width : options.widths.empty() ? kWidths : options.widths) {
    const std::string number = std::to_string(convs_.size() + 1);
    convs_.push_back(register_module("conv" + number, conv(in, width, 3)));
    norms_.push_back(register_module("bn" + number, BatchNorm(width, NormOptions{options.norm})));
    in = width;
  }
  register_module("dropout", dropout_);
  fc_ = register_module("fc", torch::nn::Linear(in, shape.outputs));
}

at::Tensor SimpleCnn::features(at::Tensor x) {
  for (std::size_t i = 0; i < convs_.size(); ++i) {
    if (i > 0) x = at::max_pool2d(x, 2);
    x = through(norms_[i], through(convs_[i], x)).relu_();
  }
  return image_mean(x);
}

at::Tensor SimpleCnn::head(const at::Tensor& features) { return through(fc_, dropout_(features)); }

std::vector<ModelStage> SimpleCnn::stages() const {
  std::vector<ModelStage> stages;
  for (std::size_t i = 1; i <= convs_.size(); ++i) {
    const std::string number = std::to_string(i);
    stages.push_back({"conv" + number, {"conv" + number + ".", "bn" + number + "."}});
  }
  stages.push_back({"head", {"fc."}});
  return stages;
}

}  // namespace lockstep
