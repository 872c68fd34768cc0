#include "trainer/optimizer/make_optimizer.h"

#include <cassert>

#include "trainer/optimizer/adam.h"
#include "trainer/optimizer/sgd.h"

namespace lockstep {

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const FlatTensors& parameters) {
  switch (options.name) {
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(options, parameters);
    case OptimizerKind::adam:
      return std::make_unique<Adam>(options, parameters, Adam::Decay::in_gradient);
    case OptimizerKind::adamw:
      return std::make_unique<Adam>(options, parameters, Adam::Decay::decoupled);
  }
  assert(false);
  return nullptr;
}

}  // namespace lockstep
