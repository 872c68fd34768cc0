#include "launcher/report/augmented_sheet.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"
#include "imaging/pixels/resize.h"
#include "launcher/report/inspect_grid.h"
#include "launcher/report/label_text.h"
#include "sharding/feed/epoch_order.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kRows = 8;
constexpr std::uint64_t kDraws = 8;
/// Small inputs are enlarged to about this many pixels, large ones shrunk to kMostCellSide.
constexpr int kLeastCellSide = 96;
constexpr int kMostCellSide = 160;

/// The `slot`-th image of a batch.
Image image_of(const ImageBatch& batch, std::size_t slot) {
  Image image;
  image.reshape(batch.height, batch.width, batch.channels);
  std::ranges::copy(batch.pixels.subspan(slot * image.size_bytes(), image.size_bytes()),
                    image.row(0));
  return image;
}

int cell_side(int input_side) {
  const int factor = (kLeastCellSide + input_side - 1) / input_side;
  return std::min(kMostCellSide, input_side * factor);
}

Image fit(Image image, int side) {
  const int longest = std::max(image.height(), image.width());
  if (longest <= side) return image;
  const auto shrunk = [&](int length) { return std::max(1, length * side / longest); };
  Image small;
  resize(image.view(), shrunk(image.height()), shrunk(image.width()), small);
  return small;
}

}  // namespace

BatchPlan views_plan(std::vector<std::uint64_t> ids, std::uint64_t epochs) {
  return [ids = std::move(ids), epochs](std::uint64_t k) -> std::optional<BatchRequest> {
    if (k > epochs) return std::nullopt;
    return BatchRequest{.index = k,
                        .epoch = k == 0 ? 0 : k - 1,
                        .first_position = 0,
                        .ids = ids,
                        .augment = k > 0,
                        .read_ahead = {}};
  };
}

ContactSheet augmented_sheet(std::span<const std::string> label_names,
                             const std::shared_ptr<const Dataset>& dataset,
                             const BatchLoaderOptions& options) {
  check(dataset->size() > 0, ExitCode::data, "the split is empty: there is nothing to draw");
  std::vector<std::uint64_t> ids;
  const EpochOrder order(dataset->size(), options.seed, 0);
  for (std::uint64_t position = 0; position < std::min(kRows, dataset->size()); ++position) {
    ids.push_back(order[position]);
  }

  ContactSheet sheet{.title = fmt::format("as trained on: {} x {} pixels, seed {}", options.width,
                                          options.height, options.seed),
                     .cell_side = cell_side(std::max(options.height, options.width)),
                     .headings = {"plain"},
                     .rows = {}};
  for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
    sheet.headings.push_back(fmt::format("epoch {}", draw));
  }
  Sample sample;
  for (const std::uint64_t id : ids) {
    dataset->read(id, sample);
    const std::string label =
        label_text(dataset->label_type().kind, label_names, sample.label, sample.targets);
    const auto number = static_cast<std::size_t>(sample.label);
    sheet.rows.push_back({.label = sample.label < 0 ? label : drawable_class(label, number),
                          .note = fmt::format("sample {}", id),
                          .cells = {}});
  }

  BatchLoaderOptions bytes = options;
  bytes.format = PixelFormat::bytes;  // what is normalised after this
  BatchLoader loader(dataset, bytes, views_plan(ids, kDraws));
  while (const ImageBatch* batch = loader.next()) {
    for (std::size_t slot = 0; slot < ids.size(); ++slot) {
      sheet.rows[slot].cells.push_back({fit(image_of(*batch, slot), sheet.cell_side), ""});
    }
  }
  return sheet;
}

}  // namespace lockstep
