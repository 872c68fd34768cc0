#pragma once

#include <string>
#include <vector>

#include "models/catalog/model_options.h"
#include "models/network/image_model.h"
#include "models/weights/tensor_names.h"
#include "models/weights/weight_file.h"

namespace lockstep {

/// What a file of a network's weights shows at its two ends.
struct WeightEnds {
  int channels;  ///< of the images
  int outputs;
  NameStyle style;  ///< whose names it has
};

/// Throws Error(usage), with the network that the file looks to be of, where it has no head of that
/// network.
WeightEnds find_weight_ends(const WeightFile& file, const ModelOptions& options);

/// Whose names most of the file's tensors have, as far as the network has tensors of such names.
NameStyle find_name_style(const WeightFile& file, const ModelOptions& options);

/// What becomes of a difference that is not clear.
enum class MissingWeights {
  exact,    ///< nothing may differ, not even what load_weights adapts: a model that is to be used
  refused,  ///< an error
  left,     ///< told; the parameters keep their initial values
};

/// Fills the model's parameters and buffers with the file's tensors, under whichever names it has
/// them (NameStyle). What differs is done where it is clear, and told in the returned lines:
/// - a head of another number of outputs keeps its initial values;
/// - weights for 3 channels are summed for images of 1, those for 1 spread over 3;
/// - position embeddings of another number of patches are interpolated.
/// Throws Error(usage) that lists the tensors that are missing, unexpected or of another shape, and
/// the network that the file looks to be of; with MissingWeights::left they are only told.
std::vector<std::string> load_weights(const WeightFile& file, const ModelOptions& options,
                                      MissingWeights missing, ImageModel& model);

/// [1, 1 + rows x columns, width] -> the same for `to_rows` x `to_columns` patches, the class
/// token's embedding as it is: bicubic, as torchvision's interpolate_embeddings.
at::Tensor resize_position_embeddings(const at::Tensor& embeddings, std::int64_t to_rows,
                                      std::int64_t to_columns);

}  // namespace lockstep
