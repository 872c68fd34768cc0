#include "models/model_summary.h"

#include <algorithm>
#include <map>
#include <span>
#include <string_view>

#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>

#include "core/hash.h"

namespace lockstep {
namespace {

/// Counts what the operators on this thread multiply and add while it lives.
class MultiplyAddCounter {
 public:
  MultiplyAddCounter() {
    running() = 0;
    handle_ = at::addThreadLocalCallback(at::RecordFunctionCallback(&before, &after)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
  }
  ~MultiplyAddCounter() { at::removeCallback(handle_); }
  MultiplyAddCounter(const MultiplyAddCounter&) = delete;
  MultiplyAddCounter& operator=(const MultiplyAddCounter&) = delete;

  std::int64_t count() const { return running(); }

 private:
  static std::int64_t& running() {
    thread_local std::int64_t sum = 0;
    return sum;
  }

  /// How many products each number of the operator's result is a sum of; 0: of none. Its inputs
  /// are there before the call alone.
  struct Length : at::ObserverContext {
    explicit Length(std::int64_t products) : value(products) {}
    std::int64_t value;
  };

  static std::unique_ptr<at::ObserverContext> before(const at::RecordFunction& call) {
    const std::string_view name = call.name();
    const auto input = [&](std::size_t i) -> const at::Tensor& {
      return call.inputs()[i].toTensor();
    };
    if (name == "aten::convolution") {
      const at::Tensor& weight = input(1);
      return std::make_unique<Length>(weight.numel() / weight.size(0));
    }
    if (name == "aten::mm" || name == "aten::bmm") {
      return std::make_unique<Length>(input(0).size(-1));
    }
    if (name == "aten::addmm" || name == "aten::baddbmm") {
      return std::make_unique<Length>(input(1).size(-1));
    }
    return nullptr;
  }

  static void after(const at::RecordFunction& call, at::ObserverContext* length) {
    if (length == nullptr) return;
    running() += static_cast<Length*>(length)->value * call.outputs()[0].toTensor().numel();
  }

  at::CallbackHandle handle_ = 0;
};

}  // namespace

std::int64_t count_parameters(const ImageModel& model) {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : model.parameters()) count += parameter.numel();
  return count;
}

std::int64_t count_parameters(const ImageModel& model, const ModelStage& stage) {
  std::int64_t count = 0;
  for (const auto& item : model.named_parameters()) {
    const auto begins = [&](const std::string& prefix) { return item.key().starts_with(prefix); };
    if (std::ranges::any_of(stage.prefixes, begins)) count += item.value().numel();
  }
  return count;
}

std::string digest_without_head(const ImageModel& model) {
  const ModelStage head = model.stages().back();
  std::map<std::string, at::Tensor> tensors;
  const auto take = [&](const auto& named) {
    for (const auto& item : named) {
      const bool is_head = std::ranges::any_of(
          head.prefixes, [&](const std::string& prefix) { return item.key().starts_with(prefix); });
      if (!is_head && item.value().is_floating_point()) tensors[item.key()] = item.value();
    }
  };
  take(model.named_parameters());
  take(model.named_buffers());
  Hasher hasher;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor host = tensor.detach().cpu().contiguous();
    hasher.update(std::as_bytes(std::span(name)));
    hasher.update({static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()});
  }
  return hasher.hex();
}

ModelCost cost_of(ImageModel& model, const ModelShape& shape) {
  const at::NoGradGuard no_grad;
  const bool was_training = model.is_training();
  model.eval();
  const MultiplyAddCounter counter;
  model.forward(at::zeros({1, shape.channels, shape.height, shape.width}));
  model.train(was_training);
  return {count_parameters(model), counter.count()};
}

}  // namespace lockstep
