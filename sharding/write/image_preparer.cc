#include "sharding/write/image_preparer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>
#include <utility>

#include "imaging/codec/encode.h"
#include "imaging/codec/file_kind.h"
#include "imaging/codec/jpeg.h"
#include "imaging/codec/jpeg_check.h"
#include "imaging/codec/png.h"
#include "imaging/pixels/resize.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

/// Buffers that a huge image made are given back: there is one for each thread and slot.
constexpr std::size_t kKeptBufferBytes = std::size_t{64} << 20;

/// What the format has room for.
constexpr std::uint64_t kMaxJpegSide = 65'535;

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
void read_image(std::span<const std::byte> encoded, const Body& body) {
  try {
    body();
  } catch (const ImageTooLarge& error) {
    throw BadSample(FaultKind::too_large, error.what());
  } catch (const Error& error) {
    if (error.code() != ExitCode::data) throw;
    if (const std::string kind = find_unsupported_jpeg(encoded); !kind.empty()) {
      throw BadSample(FaultKind::unsupported,
                      kind + ", which is not read; convert it to a JPEG of 8 bits or a PNG");
    }
    throw BadSample(FaultKind::undecodable, error.what());
  }
}

/// Beyond what is decoded as it is.
bool is_large_jpeg(std::span<const std::byte> encoded) {
  if (!is_jpeg(encoded)) return false;
  try {
    probe_image(encoded);
  } catch (const ImageTooLarge&) {
    return true;
  } catch (const Error&) {
    // Reported when it is read.
  }
  return false;
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
  if (options.max_pixels > 0) record["max_pixels"] = std::to_string(options.max_pixels);
  if (options.png_range > 0) record["png_range"] = std::to_string(options.png_range);
}

std::uint64_t pixel_limit(const ImageOptions& options, bool is_shrunk, bool is_progressive) {
  if (options.max_pixels > 0) {
    return is_shrunk ? options.max_pixels : std::min(options.max_pixels, kMaxImagePixels);
  }
  return is_shrunk && !is_progressive ? 10 * kMaxImagePixels : kMaxImagePixels;
}

std::optional<ImagePreparer::Oddity> ImagePreparer::prepare(SourceSample& sample, Need need) {
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
    const FileKind found = describe_file(sample.bytes);
    throw BadSample(found.is_image ? FaultKind::unsupported : FaultKind::not_an_image, found.text);
  }
  if (const std::string animation = find_animation(sample.bytes); !animation.empty()) {
    throw BadSample(FaultKind::unsupported,
                    animation + " is not one image; keep one of its frames as a file");
  }
  std::optional<Oddity> odd = prepare_encoded(sample, need);
  const std::optional<ImageFormat> named = format_by_name(sample.source);
  if (odd || !named || *named == *format) return odd;
  return Oddity{FaultKind::wrong_extension, fmt::format("a {} by its name, a {} by its content",
                                                        text_of(*named), text_of(*format))};
}

ImageInfo ImagePreparer::probe(std::span<const std::byte> encoded) const {
  ImageInfo info;
  read_image(encoded, [&] {
    try {
      info = probe_image(encoded);
    } catch (const ImageTooLarge& error) {
      if (!is_jpeg(encoded)) throw;
      throw ImageTooLarge(error.code(),
                          std::string(error.what()) + ", or let `lockstep pack --max-side` do it");
    }
    check_decodable_size(static_cast<std::uint64_t>(info.height),
                         static_cast<std::uint64_t>(info.width),
                         {.pixels = pixel_limit(options_, false, false)});
  });
  return info;
}

std::optional<ImagePreparer::Oddity> ImagePreparer::prepare_encoded(SourceSample& sample,
                                                                    Need need) {
  if (options_.max_side > 0 && is_large_jpeg(sample.bytes)) {
    prepare_large_jpeg(sample, need);
    return std::nullopt;
  }
  const ImageInfo info = probe(sample.bytes);
  set_shape(sample.record, info.height, info.width, info.channels);
  std::optional<Oddity> odd;
  bool is_stored = false;
  if (is_wide_png(sample.bytes)) odd = prepare_wide(sample, need, is_stored);
  if (!is_stored) prepare_usual(info, sample, need);
  return odd;
}

void ImagePreparer::prepare_usual(const ImageInfo& info, SourceSample& sample, Need need) {
  const bool fits =
      options_.max_side == 0 || std::max(info.height, info.width) <= options_.max_side;
  if (options_.encode == PackEncoding::keep && fits && need == Need::check &&
      info.format == ImageFormat::jpeg) {
    read_image(sample.bytes, [&] {
      options_.check == JpegCheck::decode ? check_jpeg(sample.bytes)
                                          : check_jpeg_structure(sample.bytes);
    });
    return;
  }
  read_image(sample.bytes, [&] { decode(sample.bytes, image_, info.channels); });
  if (options_.encode == PackEncoding::keep && fits) {
    pixels_ = image_.view();
    return;
  }
  const StoredKind as_it_came =
      info.format == ImageFormat::png ? StoredKind::png : StoredKind::jpeg;
  store(image_.view(), kind_of(options_.encode, as_it_came), sample, need);
}

/// PNGs of 16 bits lose the lower 8 when they are decoded, so those whose values end far below
/// 65535 would be nearly black. They are stored with 8 bits, scaled, if it is known to what.
std::optional<ImagePreparer::Oddity> ImagePreparer::prepare_wide(SourceSample& sample, Need need,
                                                                 bool& is_stored) {
  constexpr unsigned kMost = 65'535;
  constexpr unsigned kDark = kMost / 8;
  WidePixels wide;
  read_image(sample.bytes, [&] { wide = decode_wide_png(sample.bytes); });
  // Scaled to all 16 bits as the specification wants it, they have the significant ones on top.
  const unsigned by_file = (1u << wide.significant_bits) - 1;
  unsigned maximum = static_cast<unsigned>(options_.png_range);
  if (maximum == 0 && wide.largest <= by_file) maximum = by_file;
  std::optional<Oddity> odd;
  if (maximum > 0 && wide.largest > maximum) {
    odd = {FaultKind::odd_range,
           fmt::format("values up to {} are cut off at --png-range {}", wide.largest, maximum)};
  } else if (maximum == kMost && options_.png_range == 0 && wide.largest > 0 &&
             wide.largest <= kDark) {
    odd = {FaultKind::odd_range,
           fmt::format("its largest value is {} of {}, so it is nearly black; --png-range {} makes "
                       "white of that",
                       wide.largest, kMost, std::bit_ceil(wide.largest + 1u) - 1)};
  }
  is_stored = maximum > 0 && maximum < kMost;
  if (!is_stored) return odd;
  narrow(wide, maximum, image_);
  store(image_.view(), kind_of(options_.encode, StoredKind::png), sample, need);
  return odd;
}

void ImagePreparer::prepare_large_jpeg(SourceSample& sample, Need need) {
  read_image(sample.bytes, [&] {
    JpegDecoder decoder;
    const ImageInfo info =
        decoder.open(sample.bytes, {.side = kMaxJpegSide, .pixels = kMaxJpegSide * kMaxJpegSide});
    const ImageLimits limits{.side = kMaxJpegSide,
                             .pixels = pixel_limit(options_, true, decoder.is_progressive())};
    decode_large_jpeg(sample.bytes, limits, options_.max_side, image_, info.channels);
  });
  store(image_.view(), kind_of(options_.encode, StoredKind::jpeg), sample, need);
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
