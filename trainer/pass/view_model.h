#pragma once

#include <memory>

#include "models/network/image_model.h"
#include "trainer/task/task.h"

namespace lockstep {

/// Which views of an image are answered, and their answers averaged.
enum class Views {
  flips,  ///< the image and its mirror image
  crops,  ///< its four corners and its middle
};

/// The part of an image's side that each of the five crops has, where evaluation keeps all of it.
inline constexpr double kCroppedPart = 0.875;

/// A model, to be evaluated and not trained, whose answers (Task::predict) are the means of those
/// of `model` for several views of each image. For Views::crops it takes images that are larger
/// than the `height` x `width` that `model` takes. `model` and `task` must outlive it.
std::shared_ptr<ImageModel> make_view_model(ImageModel& model, const Task& task, Views views,
                                            int height, int width);

}  // namespace lockstep
