#pragma once

#include <span>
#include <vector>

#include "launcher/doctor/small_pictures.h"

namespace lockstep {

/// What a picture is known by: the means of 8 x 8 fields of each channel, and of each channel mean,
/// deviation, and the mean difference of neighbours along x and y.
std::vector<float> picture_features(std::span<const std::uint8_t> picture, int channels);

/// How well a small classifier tells on which side a picture is: the area under the ROC curve of
/// logistic regression on standardised picture_features, each picture asked of a model that has not
/// seen it (5 folds). About 0.5 where the sides are alike, 1 where every picture is told. The
/// larger side is cut to the size of the smaller. Deterministic. 0.5 where a side has less than 20.
double shift_between(const SmallPictures& a, const SmallPictures& b);

}  // namespace lockstep
