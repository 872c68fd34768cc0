#include "trainer/optimizer/optimizer.h"

#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include "core/error.h"

namespace lockstep {
namespace {

/// Momentum as in Sutskever et al. 2013, in the form of torch.optim.SGD (no dampening; the weight
/// decay is an L2 term).
class Sgd : public Optimizer {
 public:
  Sgd(const OptimizerOptions& options, const at::Tensor& parameters)
      : options_(options),
        momentum_(at::zeros_like(parameters)),
        gradient_(at::zeros_like(parameters)) {}

  void step(at::Tensor& parameters, const at::Tensor& gradient_sum, double scale,
            double rate) override {
    const at::NoGradGuard no_grad;
    gradient_.copy_(gradient_sum).mul_(scale);
    if (options_.weight_decay != 0) gradient_.add_(parameters, options_.weight_decay);
    if (options_.momentum != 0) {
      momentum_.mul_(options_.momentum).add_(gradient_);
      if (options_.nesterov) {
        gradient_.add_(momentum_, options_.momentum);
      } else {
        gradient_.copy_(momentum_);
      }
    }
    parameters.add_(gradient_, -rate);
    ++steps_;
  }

  std::vector<std::pair<std::string, at::Tensor>> state() override {
    return {{"momentum", momentum_}};
  }

 private:
  OptimizerOptions options_;
  at::Tensor momentum_;
  at::Tensor gradient_;  ///< scratch
};

/// Adam (Kingma & Ba 2015), and AdamW with its decoupled weight decay (Loshchilov & Hutter 2019).
class Adam : public Optimizer {
 public:
  Adam(const OptimizerOptions& options, const at::Tensor& parameters)
      : options_(options),
        mean_(at::zeros_like(parameters)),
        square_(at::zeros_like(parameters)),
        gradient_(at::zeros_like(parameters)),
        denominator_(at::zeros_like(parameters)) {}

  void step(at::Tensor& parameters, const at::Tensor& gradient_sum, double scale,
            double rate) override {
    const at::NoGradGuard no_grad;
    ++steps_;
    gradient_.copy_(gradient_sum).mul_(scale);
    if (options_.weight_decay != 0) {
      if (options_.name == OptimizerKind::adamw) {
        parameters.mul_(1 - rate * options_.weight_decay);
      } else {
        gradient_.add_(parameters, options_.weight_decay);
      }
    }
    mean_.mul_(options_.beta1).add_(gradient_, 1 - options_.beta1);
    square_.mul_(options_.beta2).addcmul_(gradient_, gradient_, 1 - options_.beta2);
    const double correction1 = 1 - std::pow(options_.beta1, static_cast<double>(steps_));
    const double correction2 = 1 - std::pow(options_.beta2, static_cast<double>(steps_));
    denominator_.copy_(square_).sqrt_().div_(std::sqrt(correction2)).add_(options_.epsilon);
    parameters.addcdiv_(mean_, denominator_, -rate / correction1);
  }

  std::vector<std::pair<std::string, at::Tensor>> state() override {
    return {{"exp_avg", mean_}, {"exp_avg_sq", square_}};
  }

 private:
  OptimizerOptions options_;
  at::Tensor mean_, square_;
  at::Tensor gradient_, denominator_;  ///< scratch
};

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          const at::Tensor& parameters) {
  check(!options.nesterov || options.momentum > 0, ExitCode::usage,
        "optimizer.nesterov needs optimizer.momentum above 0, which is {}", options.momentum);
  if (options.name == OptimizerKind::sgd) return std::make_unique<Sgd>(options, parameters);
  return std::make_unique<Adam>(options, parameters);
}

}  // namespace lockstep
