#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// The tasks of a Slurm job array: "1-5:2,9%4" as 1, 3, 5, 9. Empty where the text is none, where a
/// range ends before it begins, or where there are more than 100,000.
std::vector<int> array_indices(std::string_view array);

/// What stands for the index of a task.
inline constexpr std::string_view kArrayIndex = "%a";
/// `text` with `index` in its place.
std::string with_array_index(std::string text, std::string_view index);

}  // namespace lockstep
