#include "launcher/doctor/augmentation_check.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "launcher/report/augmented_sheet.h"
#include "sharding/feed/batch_loader.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kImages = 64;
constexpr std::uint64_t kEpochs = 4;

double deviation(std::span<const std::uint8_t> pixels) {
  double sum = 0, squares = 0;
  for (const std::uint8_t pixel : pixels) {
    sum += pixel;
    squares += double{1} * pixel * pixel;
  }
  const double mean = sum / static_cast<double>(pixels.size());
  return std::sqrt(std::max(squares / static_cast<double>(pixels.size()) - mean * mean, 0.0));
}

std::vector<double> deviations(const ImageBatch& batch) {
  const std::size_t size = batch.pixels.size() / static_cast<std::size_t>(batch.count);
  std::vector<double> all;
  for (std::size_t i = 0; i < static_cast<std::size_t>(batch.count); ++i) {
    all.push_back(deviation(batch.pixels.subspan(i * size, size)));
  }
  return all;
}

}  // namespace

AugmentedViews look_at_augmentation(const std::shared_ptr<const Dataset>& dataset,
                                    const BatchLoaderOptions& options) {
  constexpr double kFlat = 4, kBlank = 0.25;
  const std::shared_ptr<const Dataset> some = limit_dataset(dataset, kImages);
  BatchLoaderOptions bytes = options;
  bytes.format = PixelFormat::bytes;
  bytes.augment.erase_fill = EraseFill::mean;  // noise hides as much, and has contrast
  bytes.on_damage = [](std::uint64_t, const std::string&) {};  // others tell of it
  std::vector<std::uint64_t> ids(some->size());
  std::iota(ids.begin(), ids.end(), 0);
  BatchLoader loader(some, bytes, views_plan(std::move(ids), kEpochs));
  const std::vector<double> plain = deviations(*loader.next());
  AugmentedViews views;
  while (const ImageBatch* const batch = loader.next()) {
    const std::vector<double> drawn = deviations(*batch);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (plain[i] < kFlat) continue;
      ++views.views;
      if (drawn[i] < kBlank * plain[i]) ++views.blank;
    }
  }
  return views;
}

Finding check_augmentation(const AugmentedViews& views) {
  constexpr double kSome = 0.2, kMany = 0.5;
  const double part = views.views == 0 ? 0 : static_cast<double>(views.blank) / views.views;
  return {CheckedPart::config, "augmentation", verdict_of(part > kMany, part > kSome),
          fmt::format("{} of {} views have lost three quarters of their image's contrast",
                      views.blank, views.views),
          "the network is trained on blanks: look at them (`lockstep inspect CONFIG --augmented "
          "OUT.png`), and augment less (data.augment: crop_area, erase, brightness, zoom)"};
}

}  // namespace lockstep
