#include "models/network/image_model.h"

#include <algorithm>

namespace lockstep {

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
