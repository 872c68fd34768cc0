#include "models/network/layer_tap.h"

#include <algorithm>
#include <typeinfo>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/suggest.h"

namespace lockstep {
namespace {

std::vector<LayerTap*>& taps() {
  thread_local std::vector<LayerTap*> of_thread;
  return of_thread;
}

/// A module without a class of its own has no forward: it gives names to those below it.
bool only_holds(const torch::nn::Module& module) {
  return typeid(module) == typeid(torch::nn::Module);
}

[[noreturn]] void refuse_container(const torch::nn::Module& container, const std::string& name) {
  std::string example;
  for (const auto& child : container.named_children()) {
    if (example.empty() && !child.value()->parameters().empty()) example = name + "." + child.key();
  }
  fail(ExitCode::usage,
       "'{}' only holds other layers and gives nothing itself: take one of them, such as '{}'",
       name, example);
}

/// Throws as LayerTap's constructor does.
const torch::nn::Module* find_layer(const torch::nn::Module& model, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& item : model.named_modules(/*name_prefix=*/"", /*include_self=*/false)) {
    const torch::nn::Module& layer = *item.value();
    if (layer.parameters().empty()) continue;
    const bool is_container = only_holds(layer);
    if (item.key() == name) {
      if (is_container) refuse_container(layer, name);
      return &layer;
    }
    if (!is_container) names.push_back(item.key());
  }
  const std::string nearest = did_you_mean(name, names);
  fail(ExitCode::usage, "the network has no layer '{}' with parameters{}", name,
       nearest.empty()
           ? "; its layers are called as in its parameters' names, such as '" + names.front() + "'"
           : nearest);
}

}  // namespace

LayerTap::LayerTap(const torch::nn::Module& model, const std::string& name)
    : name_(name), layer_(find_layer(model, name)) {
  taps().push_back(this);
}

LayerTap::~LayerTap() { std::erase(taps(), this); }

at::Tensor LayerTap::take() {
  check(given_.defined(), ExitCode::internal,
        "the layer '{}' has given nothing: no images passed it", name_);
  return std::exchange(given_, at::Tensor());
}

void LayerTap::show(const torch::nn::Module& layer, const at::Tensor& given) {
  for (LayerTap* tap : taps()) {
    // A clone: activations work in place on what a layer gave.
    if (tap->layer_ == &layer) tap->given_ = given.detach().clone();
  }
}

}  // namespace lockstep
