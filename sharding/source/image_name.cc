#include "sharding/source/image_name.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/ascii.h"

namespace lockstep {

std::string lower_extension(const std::filesystem::path& path) {
  return ascii_lower(path.extension().string());
}

std::optional<ImageFormat> format_by_name(const std::filesystem::path& path) {
  using Extension = std::pair<std::string_view, ImageFormat>;
  constexpr std::array kExtensions{
      Extension{".jpg", ImageFormat::jpeg}, Extension{".jpeg", ImageFormat::jpeg},
      Extension{".jpe", ImageFormat::jpeg}, Extension{".jfif", ImageFormat::jpeg},
      Extension{".png", ImageFormat::png},  Extension{".webp", ImageFormat::webp},
  };
  const auto found = std::ranges::find(kExtensions, lower_extension(path), &Extension::first);
  if (found == kExtensions.end()) return std::nullopt;
  return found->second;
}

}  // namespace lockstep
