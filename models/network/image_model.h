#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <torch/nn/module.h>

#include "models/network/initial_value.h"

namespace lockstep {

/// What a model is built for.
struct ModelShape {
  int channels = 1;  ///< of the input images
  int outputs = 10;  ///< length of the output: classes, labels or numbers
  int height = 224;  ///< of the input images, in pixels; most networks take others too
  int width = 224;
  bool begin_at_zero = false;  ///< the head's bias: outputs begin around 0
};

/// A part of a network, from the image to the outputs.
struct ModelStage {
  std::string name;                   ///< "stem", "layer1", …, "head"
  std::vector<std::string> prefixes;  ///< of its parameters' and buffers' names, such as "layer1."
};

/// A network that maps images to a vector. Parameters and buffers carry torchvision's names where
/// torchvision has the network, so that checkpoints open there.
///
///     const std::shared_ptr<ImageModel> model = make_model({.name = "resnet18"}, {3, 10}, seed);
///     const at::Tensor outputs = model->forward(images);
class ImageModel : public torch::nn::Module {
 public:
  /// images [batch, channels, height, width] float32, channels-last in memory -> [batch, outputs].
  /// Also takes features [batch, feature_count()], which only pass the head.
  at::Tensor forward(at::Tensor input);

  /// images, as of forward() -> what the head takes, [batch, feature_count()].
  virtual at::Tensor features(at::Tensor images) = 0;
  /// features -> [batch, outputs]: dropout and the last linear layer, that of the last stage.
  virtual at::Tensor head(const at::Tensor& features) = 0;
  /// The numbers that the head makes the outputs of.
  std::int64_t feature_count() const;

  /// In the order in which an image passes them; each parameter is in one. The last is the head:
  /// the linear layer that gives the outputs.
  virtual std::vector<ModelStage> stages() const = 0;

  /// From here on the modules all of whose parameters are frozen stay in evaluation mode, also in
  /// training: norms use their running statistics and leave them, and nothing drops out.
  void keep_evaluating(const std::function<bool(const std::string& name)>& is_frozen);
  void train(bool on = true) override;

  /// How the parameter of that full name ("layer1.0.conv1.weight"), one of `layer`'s own, begins.
  /// Here: default_initial_value; networks that differ say so.
  virtual InitialValue initial_value(const std::string& name, const torch::nn::Module& layer,
                                     const at::Tensor& parameter) const {
    return default_initial_value(name, layer, parameter);
  }

 private:
  std::vector<std::shared_ptr<torch::nn::Module>> evaluating_;
};

}  // namespace lockstep
