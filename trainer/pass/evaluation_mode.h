#pragma once

#include "models/network/image_model.h"

namespace lockstep {

/// A model is in evaluation mode while it lives, and in training mode afterwards.
class EvaluationMode {
 public:
  explicit EvaluationMode(ImageModel& model) : model_(model) { model_.eval(); }
  ~EvaluationMode() { model_.train(); }
  EvaluationMode(const EvaluationMode&) = delete;
  EvaluationMode& operator=(const EvaluationMode&) = delete;

 private:
  ImageModel& model_;
};

}  // namespace lockstep
