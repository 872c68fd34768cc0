#include "trainer/optimizer/make_optimizer.h"

#include <cassert>

#include "trainer/optimizer/adam.h"
#include "trainer/optimizer/lamb.h"
#include "trainer/optimizer/lars.h"
#include "trainer/optimizer/lion.h"
#include "trainer/optimizer/rmsprop.h"
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
    case OptimizerKind::rmsprop:
      return std::make_unique<RmsProp>(options, parameters, RmsProp::Form::torch);
    case OptimizerKind::rmsprop_tf:
      return std::make_unique<RmsProp>(options, parameters, RmsProp::Form::tensorflow);
    case OptimizerKind::lars:
      return std::make_unique<Lars>(options, parameters);
    case OptimizerKind::lamb:
      return std::make_unique<Lamb>(options, parameters);
    case OptimizerKind::lion:
      return std::make_unique<Lion>(options, parameters);
  }
  assert(false);
  return nullptr;
}

}  // namespace lockstep
