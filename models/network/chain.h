#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include "models/network/layer_tap.h"

namespace lockstep {

/// Modules and functions one after the other, named by their numbers or as one likes:
/// torch.nn.Sequential, which in C++ cannot hold another one.
class Chain : public torch::nn::Module {
 public:
  using Step = std::function<at::Tensor(const at::Tensor&)>;

  /// Adds a module of that name.
  template <typename M>
  void add(const std::string& name, const std::shared_ptr<M>& module) {
    register_module(name, module);
    steps_.push_back([raw = module.get()](const at::Tensor& x) { return through(*raw, x); });
  }
  template <typename M>
  void add(const std::string& name, const torch::nn::ModuleHolder<M>& holder) {
    add(name, holder.ptr());
  }
  /// Adds what has no parameters; it takes a number, as in PyTorch.
  void add_step(Step step) { steps_.push_back(std::move(step)); }

  /// Adds a module that has its number as name.
  template <typename M>
  void push_back(const M& module) {
    add(std::to_string(steps_.size()), module);
  }

  std::size_t size() const { return steps_.size(); }

  at::Tensor forward(at::Tensor x) const {
    for (const Step& step : steps_) x = step(x);
    return x;
  }

 private:
  std::vector<Step> steps_;
};

}  // namespace lockstep
