#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "imaging/codec/decode.h"
#include "imaging/pixels/image.h"
#include "sharding/source/pack_source.h"
#include "sharding/write/image_options.h"

namespace lockstep {

/// Turns the images that a source gives into those that a pack stores. Reuses its buffers: one
/// object per thread.
class ImagePreparer {
 public:
  /// What is needed of an image in addition to its stored bytes.
  enum class Need {
    check,   ///< that it can be decoded
    pixels,  ///< the pixels too
  };

  ImagePreparer(Encoding source, const ImageOptions& options)
      : source_(source), options_(options) {}

  /// What is odd about an image that is good all the same.
  struct Oddity {
    FaultKind kind;  ///< one that is not rejected
    std::string detail;
  };

  /// Sets bytes and shape of `sample` to what is stored. Returns what is odd about it, if anything
  /// (its name says another kind than it is, its values use little of 16 bits). Throws BadSample
  /// where the image cannot be packed: from the header, before any memory is taken for pixels,
  /// where it is too large; else all of it is read.
  std::optional<Oddity> prepare(SourceSample& sample, Need need);

  /// The pixels of what is stored, after a prepare() with Need::pixels. They lie in this object or
  /// in the sample.
  const ImageView& pixels() const { return pixels_; }

 private:
  std::optional<Oddity> prepare_encoded(SourceSample& sample, Need need);
  void prepare_usual(const ImageInfo& info, SourceSample& sample, Need need);
  std::optional<Oddity> prepare_wide(SourceSample& sample, Need need, bool& is_stored);
  ImageInfo probe(std::span<const std::byte> encoded) const;
  void prepare_large_jpeg(SourceSample& sample, Need need);
  void store(const ImageView& image, StoredKind kind, SourceSample& sample, Need need);
  ImageView shrink(const ImageView& image);

  Encoding source_;
  ImageOptions options_;
  Image image_;
  Image shrunk_;
  std::vector<std::byte> source_bytes_;  ///< raw ones that were encoded; `pixels_` may be of them
  ImageView pixels_;
};

}  // namespace lockstep
