#include "trainer/state_copy.h"

#include <cstring>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/isfinite.h>

#include "checkpoint/state_digest.h"
#include "comm/device/device_mark.h"
#include "core/process/pulse.h"

namespace lockstep {
namespace {

/// `kept` is of an earlier copy of the same tensor, or undefined. On a CPU memcpy is the fastest:
/// it writes past the caches.
void copy_to_host(const at::Tensor& flat, at::Tensor& kept) {
  const at::NoGradGuard no_grad;
  if (!kept.defined() || kept.sizes() != flat.sizes()) {
    kept = at::empty_like(flat, at::TensorOptions().device(at::kCPU).pinned_memory(!flat.is_cpu()));
  }
  if (flat.numel() == 0) return;
  if (flat.is_cpu()) {
    std::memcpy(kept.mutable_data_ptr(), flat.const_data_ptr(), flat.nbytes());
  } else {
    kept.copy_(flat, /*non_blocking=*/true);
  }
}

}  // namespace

std::string memory_digest(const StateParts& parts) {
  if (!parts.model.front().flat.is_cpu()) {
    StateCopy copy;
    copy.take(parts);
    return copy.memory_digest();
  }
  return state_digest(views_in_memory(parts.model), views_in_memory(parts.optimizer));
}

void StateCopy::keep(const std::vector<StatePart>& parts, std::vector<Kept>& kept) {
  kept.resize(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    copy_to_host(parts[i].flat, kept[i].flat);
    kept[i].layout = *parts[i].layout;
    kept[i].prefix = parts[i].prefix;
  }
}

void StateCopy::take(const StateParts& parts) {
  keep(parts.model, model_);
  keep(parts.optimizer, optimizer_);
  DeviceMark(parts.model.front().flat.device()).wait();
}

std::vector<StatePart> StateCopy::parts_of(const std::vector<Kept>& kept) {
  std::vector<StatePart> parts;
  for (const Kept& part : kept) parts.push_back({part.flat, &part.layout, part.prefix});
  return parts;
}

std::string StateCopy::memory_digest() const {
  return lockstep::memory_digest({parts_of(model_), parts_of(optimizer_)});
}

bool StateCopy::has_finite_parameters() const {
  return model_.front().flat.isfinite().all().item<bool>();
}

void StateCopy::arrange() {
  const at::NoGradGuard no_grad;
  for (std::vector<Kept>* group : {&model_, &optimizer_}) {
    for (const Kept& part : *group) {
      for (const FlatEntry& entry : part.layout.entries) {
        const at::Tensor view = view_of(part.flat, entry);
        if (view.is_contiguous()) continue;
        const at::Tensor arranged = view.contiguous();
        std::memcpy(view.mutable_data_ptr(), arranged.const_data_ptr(), arranged.nbytes());
        beat();
      }
    }
  }
}

std::vector<TensorView> StateCopy::model() const { return views_in_memory(parts_of(model_)); }

std::vector<TensorView> StateCopy::optimizer() const {
  return views_in_memory(parts_of(optimizer_));
}

}  // namespace lockstep
