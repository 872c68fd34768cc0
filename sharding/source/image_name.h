#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "imaging/codec/decode.h"

namespace lockstep {

/// What the extension of a file's name, in any case, says that it is (.jpg .jpeg .jpe .jfif .png
/// .webp); std::nullopt where it is not that of an image.
std::optional<ImageFormat> format_by_name(const std::filesystem::path& path);

/// "GIF" of "a.gif": the kind of a file that holds images or data, and that lockstep does not read,
/// by its name; empty for any other.
std::string_view unread_kind_by_name(const std::filesystem::path& path);

/// ".jpg" of "a/B.JPG"; empty where there is none.
std::string lower_extension(const std::filesystem::path& path);

}  // namespace lockstep
