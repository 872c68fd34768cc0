#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// Whether the figure of that name is a fraction, which people are told in percent: "accuracy", and
/// of a split "valid/accuracy".
bool is_fraction(std::string_view figure);

/// Whether this figure says nothing about a model of so many classes, and is left out of texts: the
/// right one of at most five classes is always among the five likeliest.
bool is_obvious(std::string_view figure, std::size_t classes);
/// The same where the number of classes is not known: a top-5 accuracy of 1 says little.
bool may_be_obvious(std::string_view figure, double value);

/// "58.33 %"; "undefined" for NaN.
std::string percent_text(double fraction);

/// "58.33 %" of a fraction, "0.2713" of another figure.
std::string value_text(std::string_view figure, double value);

}  // namespace lockstep
