#include "models/make_model.h"

#include "core/error.h"
#include "models/catalog/model_catalog.h"
#include "models/initialization.h"
#include "models/resnet.h"
#include "models/simple_cnn.h"

namespace lockstep {
namespace {

/// One function for each family; a family without one does not compile.
struct Maker {
  const ModelOptions& options;
  const ModelShape& shape;

  std::shared_ptr<ImageModel> operator()(const SimpleCnnSpec&) const {
    return std::make_shared<SimpleCnn>(options, shape);
  }
  std::shared_ptr<ImageModel> operator()(const ResNetSpec& spec) const {
    return std::make_shared<ResNet>(spec, options, shape);
  }
};

}  // namespace

std::shared_ptr<ImageModel> make_model(const ModelOptions& options, const ModelShape& shape,
                                       std::uint64_t seed) {
  const ModelEntry& entry = find_model(options.name);
  check(options.dropout >= 0 && options.dropout < 1, ExitCode::usage,
        "model.dropout is {}; it must be in [0, 1)", options.dropout);
  check(shape.outputs >= 1 && shape.channels >= 1, ExitCode::usage,
        "a model needs outputs and channels, not {} and {}", shape.outputs, shape.channels);
  auto model = std::visit(Maker{options, shape}, entry.spec);
  initialize(*model, seed);
  return model;
}

}  // namespace lockstep
