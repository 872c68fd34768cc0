#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/network/image_model.h"
#include "trainer/lane/flat_layout.h"

namespace lockstep {

/// Whether the parameter of that full name is trained; empty: all are.
using IsTrained = std::function<bool(const std::string& name)>;

/// A model whose trained parameters, frozen parameters, floating-point buffers and integer buffers
/// each live in one flat tensor, so that the optimizer and the reduction see a few arrays. The
/// model's own tensors become views into them. Frozen parameters have no gradient: they are in no
/// lane's buffer, and the backward pass ends where only they are left.
///
/// A lane's flat float32 buffer (a slot of the LaneReducer) is [ float buffers | integer buffers |
/// tail | gradients ]: gradients last, because a backward pass completes them from the end.
/// Integers ride as four 16-bit digits each, given by lane 0 alone, so that their sum is exact.
///
///     FlatModel model(make_model(...), device, task->tail().elements());
///     model.attach_slots(reducer->slots());
///     model.use_slot(slot);
///     model.begin_lane();         // forward, backward
///     model.end_lane(lane, buffer);
class FlatModel {
 public:
  /// `tail_elements`, a multiple of 16, is the length of a lane's tail: what travels with the
  /// gradients (LaneTail).
  FlatModel(std::shared_ptr<ImageModel> model, at::Device device, std::int64_t tail_elements,
            const IsTrained& is_trained = {});
  FlatModel(const FlatModel&) = delete;  // the parameters' hooks point here
  FlatModel& operator=(const FlatModel&) = delete;

  ImageModel& model() { return *model_; }
  at::Device device() const { return parameters_.device(); }

  const FlatLayout& parameter_layout() const { return parameter_layout_; }  ///< of trained ones
  const FlatLayout& frozen_layout() const { return frozen_layout_; }
  const FlatLayout& buffer_layout() const { return buffer_layout_; }
  const FlatLayout& integer_layout() const { return integer_layout_; }

  at::Tensor& parameters() { return parameters_; }  ///< [P] float32, trained
  at::Tensor& frozen() { return frozen_; }          ///< [F] float32
  at::Tensor& buffers() { return buffers_; }        ///< [B] float32, as the model sees them
  at::Tensor& integers() { return integers_; }      ///< [I] int64, as the model sees them

  /// Numbers that are trained.
  std::int64_t parameter_count() const;
  /// Numbers that are not.
  std::int64_t frozen_count() const;
  /// Length of a lane's buffer.
  std::int64_t lane_elements() const;
  /// Parts of a lane's buffer (or of the sum over lanes); views.
  at::Tensor gradients_in(const at::Tensor& lane_buffer) const;
  at::Tensor tail_in(const at::Tensor& lane_buffer) const;
  at::Tensor buffers_in(const at::Tensor& lane_buffer) const;

  /// Makes `.grad` of every parameter a view into a slot, once; use_slot() then chooses among them.
  void attach_slots(std::span<const at::Tensor> slots);
  void use_slot(int slot);

  /// During a backward pass, `ready` is told of each parameter's gradient when it is complete, as a
  /// range of the lane's buffer; called from autograd's thread while the caller waits in backward.
  /// Empty: nobody is told.
  void set_gradient_listener(std::function<void(std::int64_t begin, std::int64_t end)> ready);

  /// Sets the buffers back to what they were at the beginning of the step: every lane starts from
  /// there.
  void begin_lane();
  /// Writes the buffers that the lane left into its flat buffer; the integers only where `lane` is
  /// 0.
  void end_lane(int lane, at::Tensor& lane_buffer);
  /// Takes the buffers for the next step from the sum over `lanes` lanes: a mean; integers as lane
  /// 0 had them.
  void end_step(const at::Tensor& sum, int lanes);
  /// The buffers as they are now are those at the beginning of the step. After loading a state.
  void rebase_buffers();

 private:
  at::Tensor digits_in(const at::Tensor& lane_buffer) const;
  std::int64_t gradients_begin() const;

  std::shared_ptr<ImageModel> model_;
  std::int64_t tail_elements_;
  FlatLayout parameter_layout_, frozen_layout_, buffer_layout_, integer_layout_;
  at::Tensor parameters_, frozen_, buffers_, integers_;
  at::Tensor step_buffers_, step_integers_;
  std::vector<at::Tensor> parameter_list_;  ///< handles to the model's own tensors, trained
  std::vector<std::vector<at::Tensor>> slot_gradients_;  ///< [slot][parameter]
  std::function<void(std::int64_t, std::int64_t)> gradient_listener_;
};

}  // namespace lockstep
