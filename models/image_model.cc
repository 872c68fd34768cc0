#include "models/image_model.h"

#include <functional>
#include <map>

#include <fmt/ranges.h>

#include "core/error.h"
#include "models/initialization.h"
#include "models/resnet.h"
#include "models/simple_cnn.h"

namespace lockstep {
namespace {

using Factory = std::function<std::shared_ptr<ImageModel>(const ModelOptions&, const ModelShape&)>;

const std::map<std::string, Factory>& factories() {
  static const std::map<std::string, Factory> table = {
      {"resnet18",
       [](const ModelOptions& options, const ModelShape& shape) {
         return std::make_shared<ResNet>(ResNetDepths{2, 2, 2, 2}, options, shape);
       }},
      {"simple_cnn",
       [](const ModelOptions& options, const ModelShape& shape) {
         return std::make_shared<SimpleCnn>(options, shape);
       }},
  };
  return table;
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : factories()) names.push_back(name);
  return names;
}

std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed) {
  const auto found = factories().find(options.name);
  check(found != factories().end(), ExitCode::usage, "unknown model '{}'; known are: {}",
        options.name, fmt::join(model_names(), ", "));
  check(options.dropout >= 0 && options.dropout < 1, ExitCode::usage,
        "model.dropout is {}; it must be in [0, 1)", options.dropout);
  check(shape.classes >= 1 && shape.channels >= 1, ExitCode::usage,
        "a model needs classes and channels, not {} and {}", shape.classes, shape.channels);
  auto model = found->second(options, shape);
  initialize(*model, seed);
  return model;
}

}  // namespace lockstep
