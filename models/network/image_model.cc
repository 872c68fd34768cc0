#include "models/network/image_model.h"

#include <algorithm>
#include <utility>

namespace lockstep {

at::Tensor ImageModel::forward(at::Tensor input) {
  return input.dim() == 2 ? head(input) : head(features(std::move(input)));
}

std::int64_t ImageModel::feature_count() const {
  return named_parameters()[stages().back().prefixes.front() + "weight"].size(1);
}

void ImageModel::keep_evaluating(const std::function<bool(const std::string&)>& is_frozen) {
  evaluating_.clear();
  for (const auto& item : named_modules(/*name_prefix=*/"", /*include_self=*/false)) {
    const auto parameters = item.value()->named_parameters();
    const bool all = std::ranges::all_of(parameters, [&](const auto& parameter) {
      return is_frozen(item.key() + "." + parameter.key());
    });
    if (all && !parameters.is_empty()) evaluating_.push_back(item.value());
  }
  train(is_training());
}

void ImageModel::train(bool on) {
  torch::nn::Module::train(on);
  for (const std::shared_ptr<torch::nn::Module>& module : evaluating_) module->eval();
}

}  // namespace lockstep
