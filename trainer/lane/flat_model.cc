#include "trainer/lane/flat_model.h"

#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace lockstep {
namespace {

constexpr int kDigits = 4;  // of 16 bits, of an int64
constexpr int kDigitBits = 16;

/// A flat tensor that holds what `tensors` held; they become views into it.
at::Tensor flatten(const FlatLayout& layout, const std::vector<at::Tensor>& tensors,
                   at::TensorOptions options) {
  at::Tensor flat = at::zeros({layout.elements}, options);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    at::Tensor view = view_of(flat, layout.entries[i]);
    view.copy_(tensors[i]);
    tensors[i].set_data(view);
  }
  return flat;
}

/// Tells a listener, once its parameter's gradient is accumulated.
class TellListener final : public torch::autograd::PostAccumulateGradHook {
 public:
  TellListener(const std::function<void(std::int64_t, std::int64_t)>& listener, std::int64_t begin,
               std::int64_t end)
      : listener_(listener), begin_(begin), end_(end) {}
  void operator()(const torch::autograd::Variable&) override {
    if (listener_) listener_(begin_, end_);
  }

 private:
  const std::function<void(std::int64_t, std::int64_t)>& listener_;
  std::int64_t begin_, end_;
};

at::Tensor to_digits(const at::Tensor& integers) {
  std::vector<at::Tensor> digits;
  for (int k = 0; k < kDigits; ++k) {
    digits.push_back(
        integers.bitwise_right_shift(k * kDigitBits).bitwise_and((1 << kDigitBits) - 1));
  }
  return at::stack(digits).flatten().to(at::kFloat);
}

at::Tensor from_digits(const at::Tensor& digits) {
  const at::Tensor rows = digits.to(at::kLong).view({kDigits, -1});
  at::Tensor integers = rows[0].clone();
  for (int k = 1; k < kDigits; ++k)
    integers.bitwise_or_(rows[k].bitwise_left_shift(k * kDigitBits));
  return integers;
}

}  // namespace

FlatModel::FlatModel(std::shared_ptr<ImageModel> model, at::Device device,
                     std::int64_t tail_elements, const IsTrained& is_trained)
    : model_(std::move(model)), tail_elements_(tail_elements) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> frozen, floats, integers;
  for (const auto& item : model_->named_parameters()) {
    const bool trained = !is_trained || is_trained(item.key());
    append(trained ? parameter_layout_ : frozen_layout_, item.key(), item.value());
    (trained ? parameter_list_ : frozen).push_back(item.value());
    if (!trained) at::Tensor(item.value()).set_requires_grad(false);
  }
  for (const auto& item : model_->named_buffers()) {
    const bool is_float = item.value().is_floating_point();
    append(is_float ? buffer_layout_ : integer_layout_, item.key(), item.value());
    (is_float ? floats : integers).push_back(item.value());
  }
  const auto options = at::TensorOptions().device(device);
  parameters_ = flatten(parameter_layout_, parameter_list_, options.dtype(at::kFloat));
  frozen_ = flatten(frozen_layout_, frozen, options.dtype(at::kFloat));
  buffers_ = flatten(buffer_layout_, floats, options.dtype(at::kFloat));
  integers_ = flatten(integer_layout_, integers, options.dtype(at::kLong));
  for (std::size_t i = 0; i < parameter_list_.size(); ++i) {
    const bool last = i + 1 == parameter_list_.size();
    const std::int64_t begin = parameter_layout_.entries[i].offset;
    const std::int64_t end =
        last ? parameter_layout_.elements : parameter_layout_.entries[i + 1].offset;
    torch::autograd::impl::set_post_acc_grad_hooks(
        parameter_list_[i],
        std::make_unique<TellListener>(gradient_listener_, gradients_begin() + begin,
                                       gradients_begin() + end));
  }
  step_buffers_ = buffers_.clone();
  step_integers_ = integers_.clone();
}

void FlatModel::set_gradient_listener(std::function<void(std::int64_t, std::int64_t)> ready) {
  gradient_listener_ = std::move(ready);
}

std::int64_t FlatModel::parameter_count() const {
  std::int64_t count = 0;
  for (const at::Tensor& parameter : parameter_list_) count += parameter.numel();
  return count;
}

std::int64_t FlatModel::frozen_count() const {
  std::int64_t count = 0;
  for (const FlatEntry& entry : frozen_layout_.entries) count += view_of(frozen_, entry).numel();
  return count;
}

std::int64_t FlatModel::gradients_begin() const {
  return buffer_layout_.elements + kDigits * integer_layout_.elements + tail_elements_;
}

std::int64_t FlatModel::lane_elements() const {
  return gradients_begin() + parameter_layout_.elements;
}

at::Tensor FlatModel::buffers_in(const at::Tensor& lane_buffer) const {
  return lane_buffer.narrow(0, 0, buffer_layout_.elements);
}

at::Tensor FlatModel::digits_in(const at::Tensor& lane_buffer) const {
  return lane_buffer.narrow(0, buffer_layout_.elements, kDigits * integer_layout_.elements);
}

at::Tensor FlatModel::tail_in(const at::Tensor& lane_buffer) const {
  return lane_buffer.narrow(0, gradients_begin() - tail_elements_, tail_elements_);
}

at::Tensor FlatModel::gradients_in(const at::Tensor& lane_buffer) const {
  return lane_buffer.narrow(0, gradients_begin(), parameter_layout_.elements);
}

void FlatModel::attach_slots(std::span<const at::Tensor> slots) {
  slot_gradients_.clear();
  for (const at::Tensor& slot : slots) {
    auto& views = slot_gradients_.emplace_back();
    const at::Tensor gradients = gradients_in(slot);
    for (const FlatEntry& entry : parameter_layout_.entries)
      views.push_back(view_of(gradients, entry));
  }
}

void FlatModel::use_slot(int slot) {
  const auto& views = slot_gradients_.at(static_cast<std::size_t>(slot));
  for (std::size_t i = 0; i < views.size(); ++i) parameter_list_[i].mutable_grad() = views[i];
}

void FlatModel::begin_lane() {
  const at::NoGradGuard no_grad;
  buffers_.copy_(step_buffers_);
  integers_.copy_(step_integers_);
}

void FlatModel::end_lane(int lane, at::Tensor& lane_buffer) {
  const at::NoGradGuard no_grad;
  buffers_in(lane_buffer).copy_(buffers_);
  if (lane == 0 && integer_layout_.elements > 0) digits_in(lane_buffer).copy_(to_digits(integers_));
}

void FlatModel::end_step(const at::Tensor& sum, int lanes) {
  const at::NoGradGuard no_grad;
  buffers_.copy_(buffers_in(sum)).div_(lanes);
  if (integer_layout_.elements > 0) integers_.copy_(from_digits(digits_in(sum)));
  rebase_buffers();
}

void FlatModel::rebase_buffers() {
  const at::NoGradGuard no_grad;
  step_buffers_.copy_(buffers_);
  step_integers_.copy_(integers_);
}

}  // namespace lockstep
