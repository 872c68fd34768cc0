#include "models/image_model.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/ranges.h>

#include "core/error.h"
#include "models/initialization.h"
#include "models/resnet.h"
#include "models/simple_cnn.h"

namespace lockstep {
namespace {

struct Network {
  int smallest_side;  ///< of an image, in pixels: what its pools and strides leave something of
  std::function<std::shared_ptr<ImageModel>(const ModelOptions&, const ModelShape&)> make;
};

const std::map<std::string, Network>& networks() {
  static const std::map<std::string, Network> table = {
      {"resnet18",
       {.smallest_side = 1,
        .make =
            [](const ModelOptions& options, const ModelShape& shape) {
              return std::make_shared<ResNet>(ResNetDepths{2, 2, 2, 2}, options, shape);
            }}},
      {"simple_cnn",
       {.smallest_side = 4,
        .make =
            [](const ModelOptions& options, const ModelShape& shape) {
              return std::make_shared<SimpleCnn>(options, shape);
            }}},
  };
  return table;
}

const Network& find_network(const std::string& name) {
  const auto found = networks().find(name);
  check(found != networks().end(), ExitCode::usage, "unknown model '{}'; known are: {}", name,
        fmt::join(model_names(), ", "));
  return found->second;
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, network] : networks()) names.push_back(name);
  return names;
}

void check_image_size(const ModelOptions& options, int height, int width) {
  const int smallest = find_network(options.name).smallest_side;
  check(
      std::min(height, width) >= smallest, ExitCode::usage,
      "the images are {} x {} pixels, and {} needs at least {} x {}: set data.image_size to {} or "
      "more",
      height, width, options.name, smallest, smallest, smallest);
}

std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed) {
  const Network& network = find_network(options.name);
  check(options.dropout >= 0 && options.dropout < 1, ExitCode::usage,
        "model.dropout is {}; it must be in [0, 1)", options.dropout);
  check(shape.classes >= 1 && shape.channels >= 1, ExitCode::usage,
        "a model needs classes and channels, not {} and {}", shape.classes, shape.channels);
  auto model = network.make(options, shape);
  initialize(*model, seed);
  return model;
}

}  // namespace lockstep
