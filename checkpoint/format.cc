#include "checkpoint/format.h"

#include <charconv>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::string_view directory_prefix = "step_";

}  // namespace

std::string checkpoint_directory_name(std::int64_t step) {
  return fmt::format("{}{:08}", directory_prefix, step);
}

std::optional<std::int64_t> step_of_directory_name(std::string_view name) {
  if (!name.starts_with(directory_prefix)) return std::nullopt;
  const std::string_view digits = name.substr(directory_prefix.size());
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
  if (error != std::errc{} || step < 0 || name != checkpoint_directory_name(step))
    return std::nullopt;
  return step;
}

}  // namespace lockstep
