// From a pack of JPEGs to what a network takes: read, decode, random resized crop to 224, flip,
// normalise, into batches of 64 as the loader keeps them.
//     bench_feed PACK [--images N] [--threads T]
// Prints one JSON object. One pass over the pack comes first, untimed; its mean and standard
// deviation say that the pictures are what they should be. `perf record bench_feed PACK --images
// 20000` is a profile of the feed and of little else.
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "core/random.h"
#include "imaging/pixels/normalizer.h"
#include "imaging/render/image_renderer.h"
#include "sharding/feed/epoch_order.h"
#include "sharding/read/pack.h"

namespace lockstep {
namespace {

constexpr int kSide = 224;
constexpr int kChannels = 3;
constexpr std::size_t kValues = std::size_t{kSide} * kSide * kChannels;
constexpr std::size_t kBatch = 64;
constexpr float kMean[] = {0.485f, 0.456f, 0.406f};
constexpr float kStd[] = {0.229f, 0.224f, 0.225f};

/// torchvision's RandomResizedCrop and RandomHorizontalFlip with their defaults, as one map.
Homography draw_crop(const ImageInfo& image, RandomSequence& random) {
  double width = image.width;
  double height = image.height;
  double x = 0;
  double y = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double area = image.height * image.width * (0.08 + 0.92 * random.uniform());
    const double ratio = 0.75 * std::pow(16.0 / 9, random.uniform());
    const double w = std::round(std::sqrt(area * ratio));
    const double h = std::round(std::sqrt(area / ratio));
    if (w < 1 || h < 1 || w > image.width || h > image.height) continue;
    width = w;
    height = h;
    x = random.below(static_cast<std::uint32_t>(image.width - w) + 1);
    y = random.below(static_cast<std::uint32_t>(image.height - h) + 1);
    break;
  }
  const Homography crop = translation(x, y) * scaling(width / kSide, height / kSide);
  return random.flip(0.5f) ? crop * translation(kSide, 0) * scaling(-1, 1) : crop;
}

/// What one worker of the loader does.
class Feed {
 public:
  explicit Feed(const PackSplit& split)
      : split_(split),
        order_(split.size(), 1, 0),
        normalizer_(kChannels, kMean, kStd),
        pixels_(kValues),
        batch_(kBatch * kValues) {}

  std::span<const float> make(std::uint64_t position) {
    split_.read(order_[position % split_.size()], sample_);
    RandomSequence random(1, RandomPurpose::augmentation, 0, position);
    const ImageInfo info = renderer_.open({.bytes = sample_.bytes});
    renderer_.render(draw_crop(info, random), Border::black,
                     {pixels_.data(), kSide, kSide, kChannels});
    const std::span out = std::span(batch_).subspan(position % kBatch * kValues, kValues);
    normalizer_.apply(pixels_, out);
    return out;
  }

 private:
  const PackSplit& split_;
  EpochOrder order_;
  ImageRenderer renderer_;
  Normalizer normalizer_;
  Sample sample_;
  std::vector<std::uint8_t> pixels_;
  std::vector<float> batch_;  ///< [kBatch, kSide, kSide, kChannels]
};

struct Moments {
  double mean = 0;
  double std = 0;
};

/// One pass over the pack.
Moments warm_up(Feed& feed, std::uint64_t samples) {
  double sum = 0;
  double squares = 0;
  for (std::uint64_t position = 0; position < samples; ++position) {
    for (const float value : feed.make(position)) {
      sum += value;
      squares += double{value} * value;
    }
  }
  const double count = static_cast<double>(samples * kValues);
  const double mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean)};
}

double seconds_of(std::vector<Feed>& feeds, std::uint64_t images) {
  std::atomic<std::uint64_t> next = 0;
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (Feed& feed : feeds) {
      threads.emplace_back([&] {
        for (std::uint64_t position; (position = next++) < images;) feed.make(position);
      });
    }
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  CLI::App app("How fast the feed makes a network's input from a pack of JPEGs");
  std::string pack;
  std::uint64_t images = 4'000;
  int threads = 1;
  app.add_option("PACK", pack)->required();
  app.add_option("--images", images, "how many are timed");
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);

  const auto split = lockstep::Pack(pack).split("train");
  std::vector<lockstep::Feed> feeds;
  for (int i = 0; i < threads; ++i) feeds.emplace_back(*split);
  lockstep::Moments moments;
  for (lockstep::Feed& feed : feeds) moments = lockstep::warm_up(feed, split->size());
  const double seconds = lockstep::seconds_of(feeds, images);
  fmt::print("{{\"images_per_second\": {:.1f}, \"mean\": {:.4f}, \"std\": {:.4f}}}\n",
             static_cast<double>(images) / seconds, moments.mean, moments.std);
}
