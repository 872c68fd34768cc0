#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lockstep {

/// Whether the figure of that name is a fraction, which people are told in percent: "accuracy", and
/// of a split "valid/accuracy".
bool is_fraction(std::string_view figure);

/// Whether the figure of a model of so many classes is known without looking, and so is not told to
/// people: of at most five, the right one is always among the five likeliest.
bool is_obvious(std::string_view figure, std::size_t classes);
/// The same where the number of classes is not known: a top-5 accuracy of 1 says little.
bool may_be_obvious(std::string_view figure, double value);

/// "58.33 %"; "undefined" of what is no number.
std::string percent_text(double fraction);

/// "58.33 %" of a fraction, "0.2713" of another figure.
std::string value_text(std::string_view figure, double value);

}  // namespace lockstep
