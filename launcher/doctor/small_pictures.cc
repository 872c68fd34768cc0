#include "launcher/doctor/small_pictures.h"

#include <map>
#include <mutex>

#include "core/process/jobs.h"
#include "sharding/feed/batch_loader.h"

namespace lockstep {
namespace {

constexpr int kBatch = 32;

}  // namespace

SmallPictures draw_small_pictures(const std::shared_ptr<const Dataset>& dataset, int channels,
                                  std::uint64_t most, const Progress& progress) {
  const std::shared_ptr<const Dataset> some = limit_dataset(dataset, most);
  std::mutex mutex;
  std::map<std::uint64_t, std::string> damage;
  BatchLoaderOptions options;
  options.height = options.width = SmallPictures::kSide;
  options.channels = channels;
  options.mean = {0};
  options.std = {1};
  options.format = PixelFormat::bytes;
  options.workers = resolve_jobs(0);
  options.on_damage = [&](std::uint64_t id, const std::string& reason) {
    const std::scoped_lock lock(mutex);
    damage.emplace(id, reason);
  };
  SmallPictures result{.channels = channels, .pixels = {}, .damage = {}, .looked_at = some->size()};
  BatchLoader loader(some, options, evaluation_batches(some->size(), kBatch, 0, 1));
  std::uint64_t id = 0;
  while (const ImageBatch* batch = loader.next()) {
    const std::size_t size = batch->pixels.size() / static_cast<std::size_t>(batch->count);
    for (std::size_t slot = 0; slot < static_cast<std::size_t>(batch->count); ++slot, ++id) {
      const std::scoped_lock lock(mutex);
      if (damage.contains(id)) continue;
      const auto picture = batch->pixels.subspan(slot * size, size);
      result.pixels.insert(result.pixels.end(), picture.begin(), picture.end());
      ++result.count;
    }
    if (progress) progress(id, some->size());
  }
  for (const auto& [number, reason] : damage) {
    result.damage.push_back(some->describe(number) + ": " + reason);
  }
  return result;
}

}  // namespace lockstep
