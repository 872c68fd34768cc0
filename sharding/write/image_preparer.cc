#include "sharding/write/image_preparer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "imaging/codec/encode.h"
#include "imaging/codec/jpeg_check.h"
#include "imaging/pixels/resize.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

/// Buffers that a huge image made are given back: there is one for each thread and slot.
constexpr std::size_t kKeptBufferBytes = std::size_t{64} << 20;

/// As people write it.
std::string_view text_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "JPEG";
    case ImageFormat::png:
      return "PNG";
    case ImageFormat::webp:
      return "WebP";
  }
  return {};
}

StoredKind kind_of(PackEncoding encode, StoredKind as_it_came) {
  switch (encode) {
    case PackEncoding::keep:
      return as_it_came;
    case PackEncoding::jpeg:
      return StoredKind::jpeg;
    case PackEncoding::png:
      return StoredKind::png;
    case PackEncoding::raw:
      return StoredKind::raw;
  }
  return as_it_came;
}

void set_shape(SampleRecord& record, int height, int width, int channels) {
  record.height = static_cast<std::uint32_t>(height);
  record.width = static_cast<std::uint32_t>(width);
  record.channels = static_cast<std::uint8_t>(channels);
}

/// Runs `body`, which reads an image of a source: what is wrong with it is the sample's fault.
template <typename Body>
void read_image(const Body& body) {
  try {
    body();
  } catch (const ImageTooLarge& error) {
    throw BadSample(FaultKind::too_large, error.what());
  } catch (const Error& error) {
    if (error.code() != ExitCode::data) throw;
    throw BadSample(FaultKind::undecodable, error.what());
  }
}

}  // namespace

Encoding stored_encoding(Encoding source, const ImageOptions& options) {
  switch (options.encode) {
    case PackEncoding::keep:
      return source;
    case PackEncoding::raw:
      return Encoding::raw;
    case PackEncoding::jpeg:
    case PackEncoding::png:
      return Encoding::encoded;
  }
  return source;
}

void record_image_options(const ImageOptions& options, PackOptionsRecord& record) {
  if (options.encode != PackEncoding::keep) record["encode"] = name_of(options.encode);
  const bool makes_jpeg = options.encode == PackEncoding::jpeg ||
                          (options.encode == PackEncoding::keep && options.max_side > 0);
  if (makes_jpeg) record["quality"] = std::to_string(options.quality);
  if (options.check != JpegCheck::decode) record["check"] = name_of(options.check);
  if (options.max_side > 0) record["max_side"] = std::to_string(options.max_side);
}

std::string ImagePreparer::prepare(SourceSample& sample, Need need) {
  if (image_.size_bytes() > kKeptBufferBytes) image_ = {};
  if (shrunk_.size_bytes() > kKeptBufferBytes) shrunk_ = {};
  if (source_ == Encoding::raw) {
    const SampleRecord& record = sample.record;
    const ImageView view{reinterpret_cast<const std::uint8_t*>(sample.bytes.data()),
                         static_cast<int>(record.height), static_cast<int>(record.width),
                         record.channels, std::ptrdiff_t{record.width} * record.channels};
    store(view, kind_of(options_.encode, StoredKind::raw), sample, need);
    return {};
  }
  const std::optional<ImageFormat> format = find_format(sample.bytes);
  if (!format) {
    throw BadSample(
        FaultKind::not_an_image,
        fmt::format("{} bytes that start as no JPEG, PNG or WebP does", sample.bytes.size()));
  }
  prepare_encoded(sample, need);
  const std::optional<ImageFormat> named = format_by_name(sample.source);
  if (!named || *named == *format) return {};
  return fmt::format("a {} by its name, a {} by its content", text_of(*named), text_of(*format));
}

void ImagePreparer::prepare_encoded(SourceSample& sample, Need need) {
  ImageInfo info;
  read_image([&] { info = probe_image(sample.bytes); });
  set_shape(sample.record, info.height, info.width, info.channels);
  const bool fits =
      options_.max_side == 0 || std::max(info.height, info.width) <= options_.max_side;
  if (options_.encode == PackEncoding::keep && fits && need == Need::check &&
      info.format == ImageFormat::jpeg) {
    read_image([&] {
      options_.check == JpegCheck::decode ? check_jpeg(sample.bytes)
                                          : check_jpeg_structure(sample.bytes);
    });
    return;
  }
  read_image([&] { decode(sample.bytes, image_, info.channels); });
  if (options_.encode == PackEncoding::keep && fits) {
    pixels_ = image_.view();
    return;
  }
  const StoredKind as_it_came =
      info.format == ImageFormat::png ? StoredKind::png : StoredKind::jpeg;
  store(image_.view(), kind_of(options_.encode, as_it_came), sample, need);
}

ImageView ImagePreparer::shrink(const ImageView& image) {
  const int longest = std::max(image.height, image.width);
  if (options_.max_side == 0 || longest <= options_.max_side) return image;
  const auto scaled = [&](int side) {
    const double exact = static_cast<double>(side) * options_.max_side / longest;
    return std::max(1, static_cast<int>(std::lround(exact)));
  };
  resize(image, scaled(image.height), scaled(image.width), shrunk_);
  return shrunk_.view();
}

void ImagePreparer::store(const ImageView& image, StoredKind kind, SourceSample& sample,
                          Need need) {
  const ImageView small = shrink(image);
  set_shape(sample.record, small.height, small.width, small.channels);
  pixels_ = small;
  if (kind == StoredKind::raw) {
    // Pixels that are the sample's own already stay where they are.
    const auto* first = reinterpret_cast<const std::byte*>(small.pixels);
    if (first == sample.bytes.data()) return;
    sample.bytes.assign(first, first + small.row_bytes * small.height);
  } else if (kind == StoredKind::png) {
    std::vector<std::byte> encoded = encode_png(small);
    source_bytes_ = std::exchange(sample.bytes, std::move(encoded));
  } else {
    sample.bytes = encode_jpeg(small, options_.quality);
    if (need == Need::check) return;
    decode(sample.bytes, image_, small.channels);
    pixels_ = image_.view();
  }
}

}  // namespace lockstep
