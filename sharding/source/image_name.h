#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "imaging/codec/decode.h"

namespace lockstep {

/// What the extension of a file's name, in any case, says that it is (.jpg .jpeg .jpe .jfif .png
/// .webp); std::nullopt where it is not that of an image.
std::optional<ImageFormat> format_by_name(const std::filesystem::path& path);

/// ".jpg" of "a/B.JPG"; empty where there is none.
std::string lower_extension(const std::filesystem::path& path);

}  // namespace lockstep
