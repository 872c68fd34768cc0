#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "imaging/augment/augment_options.h"
#include "sharding/feed/batch_plan.h"
#include "sharding/feed/image_batch.h"

namespace lockstep {

/// Height and width of a network's input, in pixels.
struct InputSize {
  int height = 0;
  int width = 0;
  bool operator==(const InputSize&) const = default;
};

struct BatchLoaderOptions {
  // What an image becomes.

  int height = 0;  ///< of the network's input, in pixels
  int width = 0;
  int channels = 3;         ///< 1 or 3; images of the other kind are converted
  std::vector<float> mean;  ///< one per channel, or one for all, in units of white = 1
  std::vector<float> std;

  /// Where the dataset has features: how many of a sample. They are given as they are stored, and
  /// what is said of images has no effect. 0: images.
  std::uint32_t features = 0;

  // Augmentation, for requests that ask for it: those of training.

  AugmentOptions augment;
  std::uint64_t seed = 0;  ///< of augmentation
  /// Progressive resizing: sides of square inputs, each for an equal part of `epochs` in turn; the
  /// last stays. Empty: height x width always.
  std::vector<int> epoch_sizes;
  std::uint64_t epochs = 1;
  /// What a sample of each class counts in the loss, where labels are classes; empty: 1.
  std::vector<float> class_weights;

  /// Told of a sample that cannot be read or decoded, and why, instead of an Error(data); its image
  /// is black then. By any thread, in any order. Empty: the error ends the pass.
  std::function<void(std::uint64_t id, const std::string& reason)> on_damage = {};

  // Where it goes.

  PixelFormat format = PixelFormat::floats;
  BatchAllocator allocator;  ///< of the images' memory; empty: the loader's own

  // How it is prepared. The batches do not depend on it.

  int workers = 1;   ///< prefetch threads; 0: next() makes the batch itself
  int prefetch = 4;  ///< batches ready ahead of the one in use; never fewer than workers
};

/// The size of a request's images.
InputSize size_of(const BatchLoaderOptions& options, const BatchRequest& request);

/// Batches that exist at once: the one in use and those ahead of it.
std::size_t batches_held(const BatchLoaderOptions& options);

/// Bytes of the images or features of `batches_held` batches of `batch` samples, at the largest
/// size: what bounds a loader's memory.
std::uint64_t image_bytes_held(const BatchLoaderOptions& options, int batch);

}  // namespace lockstep
