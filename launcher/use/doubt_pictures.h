#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "launcher/answers/label_doubts.h"
#include "launcher/page/gallery.h"
#include "sharding/read/dataset.h"

namespace lockstep {

/// Labels that are to be looked at.
struct DoubtPictures {
  std::vector<CaptionLine> facts;      ///< which model, on what
  std::span<const LabelDoubt> doubts;  ///< the surest first
  const std::vector<std::string>& paths;
  const std::vector<std::string>& classes;
};

/// The first `most` of them with their captions, and not yet their pictures; its note says how many
/// are left out.
Gallery doubts_gallery(const DoubtPictures& content, std::size_t most);

/// Writes a page of at most 100 of them, whole or not at all. `dataset` has the samples in their
/// order, of images of `channels`. Throws Error(data), Error(storage).
void write_doubt_pictures(const std::filesystem::path& file, const DoubtPictures& content,
                          const Dataset& dataset, int channels);

}  // namespace lockstep
