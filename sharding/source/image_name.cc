#include "sharding/source/image_name.h"

#include <algorithm>
#include <array>
#include <iterator>
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

std::string_view unread_kind_by_name(const std::filesystem::path& path) {
  using Extension = std::pair<std::string_view, std::string_view>;
  constexpr Extension kExtensions[] = {
      {".gif", "GIF"},        {".bmp", "BMP"},       {".dib", "BMP"},       {".tif", "TIFF"},
      {".tiff", "TIFF"},      {".heic", "HEIC"},     {".heif", "HEIF"},     {".avif", "AVIF"},
      {".jp2", "JPEG 2000"},  {".j2k", "JPEG 2000"}, {".jpx", "JPEG 2000"}, {".jxl", "JPEG XL"},
      {".jxr", "JPEG XR"},    {".svg", "SVG"},       {".psd", "Photoshop"}, {".ico", "icon"},
      {".apng", "animation"}, {".ppm", "Netpbm"},    {".pgm", "Netpbm"},    {".pbm", "Netpbm"},
      {".pnm", "Netpbm"},     {".tga", "TGA"},       {".exr", "OpenEXR"},   {".hdr", "Radiance"},
      {".dcm", "DICOM"},      {".dicom", "DICOM"},   {".nii", "NIfTI"},     {".mha", "MetaImage"},
      {".nrrd", "NRRD"},      {".svs", "slide"},     {".ndpi", "slide"},    {".czi", "CZI"},
      {".cr2", "raw photo"},  {".cr3", "raw photo"}, {".nef", "raw photo"}, {".arw", "raw photo"},
      {".dng", "raw photo"},  {".orf", "raw photo"}, {".rw2", "raw photo"}, {".mp4", "video"},
      {".mov", "video"},      {".avi", "video"},     {".mkv", "video"},     {".webm", "video"},
      {".pdf", "PDF"},        {".npy", "NumPy"},     {".npz", "NumPy"},     {".zip", "archive"},
      {".tar", "archive"},    {".gz", "gzip"},       {".7z", "archive"},    {".rar", "archive"},
  };
  const auto* found = std::ranges::find(kExtensions, lower_extension(path), &Extension::first);
  return found == std::end(kExtensions) ? std::string_view{} : found->second;
}

}  // namespace lockstep
