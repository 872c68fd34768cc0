#include "models/network/recomputed_block.h"

#include <algorithm>
#include <vector>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

namespace lockstep {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What a computation depends on beside its inputs, on one device.
struct Surroundings {
  at::Tensor random_state;  ///< of the device's generator
  bool is_autocast = false;
  at::ScalarType autocast_type = at::kBFloat16;

  static Surroundings now(at::Device device) {
    const at::Generator& generator = at::globalContext().defaultGenerator(device);
    return {generator.get_state(), at::autocast::is_autocast_enabled(device.type()),
            at::autocast::get_autocast_dtype(device.type())};
  }

  void restore(at::Device device) const {
    at::Generator generator = at::globalContext().defaultGenerator(device);
    generator.set_state(random_state);
    if (is_autocast != at::autocast::is_autocast_enabled(device.type()))
      at::autocast::clear_cache();
    at::autocast::set_autocast_dtype(device.type(), autocast_type);
    at::autocast::set_autocast_enabled(device.type(), is_autocast);
  }
};

/// Puts the surroundings back at its end.
class SurroundingsGuard {
 public:
  explicit SurroundingsGuard(at::Device device)
      : device_(device), before_(Surroundings::now(device)) {}
  ~SurroundingsGuard() { before_.restore(device_); }
  SurroundingsGuard(const SurroundingsGuard&) = delete;
  SurroundingsGuard& operator=(const SurroundingsGuard&) = delete;

 private:
  at::Device device_;
  Surroundings before_;
};

/// Puts a module's buffers back at its end: those of batch norm have seen these images already.
class BuffersGuard {
 public:
  explicit BuffersGuard(const torch::nn::Module& module) {
    const at::NoGradGuard no_grad;
    for (const at::Tensor& buffer : module.buffers()) buffers_.emplace_back(buffer, buffer.clone());
  }
  ~BuffersGuard() {
    const at::NoGradGuard no_grad;
    for (auto& [buffer, value] : buffers_) buffer.copy_(value);
  }
  BuffersGuard(const BuffersGuard&) = delete;
  BuffersGuard& operator=(const BuffersGuard&) = delete;

 private:
  std::vector<std::pair<at::Tensor, at::Tensor>> buffers_;
};

struct Recompute : torch::autograd::Function<Recompute> {
  /// `anchor` needs a gradient, so that the block's parameters get theirs where no input needs one.
  static at::Tensor forward(AutogradContext* context, RecomputedBlock* block,
                            const at::Tensor& /*anchor*/, at::TensorList inputs) {
    const Surroundings now = Surroundings::now(inputs[0].device());
    context->saved_data["block"] = reinterpret_cast<std::int64_t>(block);
    context->saved_data["random_state"] = now.random_state;
    context->saved_data["is_autocast"] = now.is_autocast;
    context->saved_data["autocast_type"] = static_cast<std::int64_t>(now.autocast_type);
    context->save_for_backward(inputs.vec());
    return block->compute(inputs);  // autograd is off here: nothing of it is kept
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    auto* block = reinterpret_cast<RecomputedBlock*>(context->saved_data["block"].toInt());
    const Surroundings then{
        context->saved_data["random_state"].toTensor(), context->saved_data["is_autocast"].toBool(),
        static_cast<at::ScalarType>(context->saved_data["autocast_type"].toInt())};
    variable_list inputs;
    for (const at::Tensor& saved : context->get_saved_variables()) {
      inputs.push_back(saved.detach().requires_grad_(saved.requires_grad()));
    }
    const at::Device device = inputs[0].device();
    const BuffersGuard buffers(*block);  // until their values have served the gradients
    at::Tensor output;
    {
      const at::AutoGradMode with_gradients(true);
      const SurroundingsGuard surroundings(device);
      then.restore(device);
      output = block->compute(inputs);
    }
    torch::autograd::backward({output}, {gradients[0]});
    variable_list result = {at::Tensor(), at::Tensor()};  // of the block and the anchor
    for (const at::Tensor& input : inputs) result.push_back(input.grad());
    return result;
  }
};

}  // namespace

at::Tensor RecomputedBlock::run(at::TensorList inputs) {
  if (!forgets_ || !at::GradMode::is_enabled()) return compute(inputs);
  const auto has_gradient = [](const at::Tensor& tensor) { return tensor.requires_grad(); };
  if (std::ranges::none_of(inputs, has_gradient) &&
      std::ranges::none_of(parameters(), has_gradient)) {
    return compute(inputs);  // a frozen one: there is no backward pass
  }
  const at::Tensor anchor = at::zeros({}, inputs[0].options().dtype(at::kFloat)).requires_grad_();
  return Recompute::apply(this, anchor, inputs);
}

}  // namespace lockstep
