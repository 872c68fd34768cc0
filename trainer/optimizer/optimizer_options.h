#pragma once

namespace lockstep {

enum class OptimizerKind { sgd, adam, adamw };

/// How the rate follows the global batch.
enum class LrScaling {
  linear,  ///< lr x global batch / lr_batch (Goyal et al. 2017)
  sqrt,    ///< lr x sqrt(global batch / lr_batch)
  none,
};

/// The `optimizer` section of a config.
struct OptimizerOptions {
  OptimizerKind name = OptimizerKind::sgd;
  double lr = 0.1;        ///< the rate for lr_batch samples a step
  double lr_batch = 256;  ///< samples
  LrScaling lr_scaling = LrScaling::linear;
  double momentum = 0.9;  ///< sgd
  bool nesterov = false;  ///< sgd
  double beta1 = 0.9;     ///< adam, adamw
  double beta2 = 0.999;   ///< adam, adamw
  double epsilon = 1e-8;  ///< adam, adamw
  double weight_decay = 0;
};

}  // namespace lockstep
