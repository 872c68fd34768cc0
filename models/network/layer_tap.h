#pragma once

#include <concepts>
#include <memory>
#include <string>

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

namespace lockstep {

/// While it lives, keeps what one layer of a network gave in this thread's last forward pass. There
/// may be several at a time.
///
///     LayerTap tap(*model, "layer3.1.conv2");
///     model->forward(images);
///     const at::Tensor given = tap.take();
class LayerTap {
 public:
  /// `name`: the layer's full name, as in its parameters' names. Throws Error(usage) for one that
  /// `model`, which must outlive the tap, has no layer with parameters of, and for one that only
  /// holds others and is never called itself (ViT's "encoder.layers").
  LayerTap(const torch::nn::Module& model, const std::string& name);
  ~LayerTap();
  LayerTap(const LayerTap&) = delete;
  LayerTap& operator=(const LayerTap&) = delete;

  /// What the layer gave, without its history, in the shape that it has inside the network:
  /// activations that follow have not changed it. Once for each pass; throws Error(internal) where
  /// the layer has given nothing since.
  at::Tensor take();

  /// For shown() alone.
  static void show(const torch::nn::Module& layer, const at::Tensor& given);

 private:
  std::string name_;
  const torch::nn::Module* layer_;
  at::Tensor given_;
};

/// `given` itself, after the taps have seen it as what `layer` gave.
inline at::Tensor shown(const torch::nn::Module& layer, at::Tensor given) {
  LayerTap::show(layer, given);
  return given;
}

/// What `layer` makes of x, for taps to see: how every layer with parameters is called.
template <std::derived_from<torch::nn::Module> Layer, typename Input>
at::Tensor through(Layer& layer, const Input& x) {
  return shown(layer, layer.forward(x));
}
template <typename Layer, typename Input>
at::Tensor through(const std::shared_ptr<Layer>& layer, const Input& x) {
  return through(*layer, x);
}
template <typename Layer, typename Input>
at::Tensor through(const torch::nn::ModuleHolder<Layer>& layer, const Input& x) {
  return through(*layer.ptr(), x);
}

}  // namespace lockstep
