#include "trainer/optimizer/make_optimizer.h"

#include <cassert>
#include <utility>

#include "trainer/optimizer/adam.h"
#include "trainer/optimizer/lamb.h"
#include "trainer/optimizer/lars.h"
#include "trainer/optimizer/lion.h"
#include "trainer/optimizer/rmsprop.h"
#include "trainer/optimizer/sgd.h"

namespace lockstep {

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const FlatTensors& parameters, ParameterFactors factors) {
  switch (options.name) {
    case OptimizerKind::sgd:
      return std::make_unique<Sgd>(options, parameters, std::move(factors));
    case OptimizerKind::adam:
      return std::make_unique<Adam>(options, parameters, std::move(factors),
                                    Adam::Decay::in_gradient);
    case OptimizerKind::adamw:
      return std::make_unique<Adam>(options, parameters, std::move(factors),
                                    Adam::Decay::decoupled);
    case OptimizerKind::rmsprop:
      return std::make_unique<RmsProp>(options, parameters, std::move(factors),
                                       RmsProp::Form::torch);
    case OptimizerKind::rmsprop_tf:
      return std::make_unique<RmsProp>(options, parameters, std::move(factors),
                                       RmsProp::Form::tensorflow);
    case OptimizerKind::lars:
      return std::make_unique<Lars>(options, parameters, std::move(factors));
    case OptimizerKind::lamb:
      return std::make_unique<Lamb>(options, parameters, std::move(factors));
    case OptimizerKind::lion:
      return std::make_unique<Lion>(options, parameters, std::move(factors));
  }
  assert(false);
  return nullptr;
}

}  // namespace lockstep
