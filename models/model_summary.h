#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network/image_model.h"

namespace lockstep {

/// What one stage of a network, or all of it, takes.
struct ModelCost {
  std::int64_t parameters = 0;
  /// Of one image's forward pass: what convolutions and matrix products multiply and add. This is
  /// what torchvision calls a network's GFLOPS.
  std::int64_t multiply_adds = 0;
};

std::int64_t count_parameters(const ImageModel& model);
/// The parameters of one stage.
std::int64_t count_parameters(const ImageModel& model, const ModelStage& stage);

/// XXH3-128 of the parameters and of BatchNorm's running statistics, by name, without those of the
/// head: of all that decides what the head is given.
std::string digest_without_head(const ImageModel& model);

/// Passes a black image through the network.
ModelCost cost_of(ImageModel& model, const ModelShape& shape);

}  // namespace lockstep
