#include "launcher/pictures/sample_pictures.h"

#include <algorithm>
#include <span>
#include <utility>

#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "core/error.h"
#include "imaging/codec/encode.h"
#include "imaging/pixels/resize.h"
#include "imaging/render/heat_overlay.h"
#include "launcher/report/picture_maker.h"
#include "trainer/pass/grad_cam.h"

namespace lockstep {
namespace {

constexpr int kSide = 160;
/// Of JPEG. Smaller images than kExact are stored without loss.
constexpr int kQuality = 88, kExact = 72;
constexpr std::size_t kBatch = 16;

PagePicture page_picture(const ImageView& image, std::string text) {
  const bool is_exact = std::max(image.height, image.width) < kExact;
  return {.mime = is_exact ? "image/png" : "image/jpeg",
          .bytes = is_exact ? encode_png(image) : encode_jpeg(image, kQuality),
          .height = image.height,
          .width = image.width,
          .text = std::move(text)};
}

/// The samples `ids` as evaluation feeds them, kBatch at a time.
BatchPlan plan_of(std::vector<std::uint64_t> ids) {
  return [ids = std::move(ids)](std::uint64_t k) -> std::optional<BatchRequest> {
    const std::size_t begin = k * kBatch;
    if (begin >= ids.size()) return std::nullopt;
    const auto part = std::span(ids).subspan(begin, std::min(kBatch, ids.size() - begin));
    return BatchRequest{.index = k,
                        .epoch = 0,
                        .first_position = 0,
                        .ids = {part.begin(), part.end()},
                        .augment = false,
                        .read_ahead = {}};
  };
}

/// Per channel, as normalised() takes them.
at::Tensor per_channel(const std::vector<float>& values, at::Device device) {
  return at::tensor(values).view({1, -1, 1, 1}).to(device);
}

/// The batch's pixels, [B, C, H, W] uint8: a view of the loader's memory.
at::Tensor pixels_of(const ImageBatch& batch) {
  // LibTorch has no tensor of const memory.
  auto* const pixels = const_cast<std::uint8_t*>(batch.pixels.data());
  return at::from_blob(pixels, {batch.count, batch.height, batch.width, batch.channels}, at::kByte)
      .permute({0, 3, 1, 2});
}

PagePicture overlay(const ImageBatch& batch, std::size_t slot, const at::Tensor& seen,
                    std::string text) {
  const auto height = static_cast<int>(seen.size(1)), width = static_cast<int>(seen.size(2));
  const std::size_t places = seen[0].numel();
  const ImageView fed{
      batch.pixels.data() +
          slot * static_cast<std::size_t>(batch.height * batch.width * batch.channels),
      batch.height, batch.width, batch.channels, std::ptrdiff_t{batch.width} * batch.channels};
  const std::span<const float> heat(seen.const_data_ptr<float>() + slot * places, places);
  Image large = heat_overlay(fed, heat, height, width, kSide), small;
  const int longest = std::max(large.height(), large.width());
  const auto shrunk = [&](int side) { return std::max(1, side * kSide / longest); };
  resize(large.view(), shrunk(large.height()), shrunk(large.width()), small);
  return page_picture(small.view(), std::move(text));
}

}  // namespace

void check_has_images(const Pack& pack) {
  check(!pack.features(), ExitCode::usage,
        "pack '{}' has features, and no images to draw: give the pack that they were taken of, "
        "with --pack",
        pack.directory());
}

SamplePictures draw_samples(const std::set<std::size_t>& ids, const Dataset& dataset,
                            int channels) {
  PictureMaker maker(dataset, channels, kSide);
  SamplePictures pictures;
  for (const std::size_t id : ids) {
    pictures[id].push_back(page_picture(maker.make(id).view(), "the image"));
  }
  return pictures;
}

void add_saliency(SamplePictures& pictures, const LookingNetwork& network,
                  const std::shared_ptr<const Dataset>& dataset) {
  const at::Device device = network.options.device;
  BatchLoaderOptions loading = network.options.loader;
  loading.format = PixelFormat::bytes;
  const at::Tensor mean = per_channel(loading.mean, device);
  const at::Tensor std = per_channel(loading.std, device);
  std::vector<std::uint64_t> ids;
  for (const auto& [id, ignored] : pictures) ids.push_back(id);
  const BatchPlan plan = plan_of(ids);
  BatchLoader loader(dataset, loading, plan);
  while (const ImageBatch* batch = loader.next()) {
    const std::vector<std::uint64_t> of_batch = plan(batch->index)->ids;
    std::vector<std::int64_t> outputs;
    for (const std::uint64_t id : of_batch) outputs.push_back(network.explained(id));
    const at::Tensor images = normalised(pixels_of(*batch).to(device), mean, std)
                                  .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor seen = grad_cam(network.model, images, at::tensor(outputs, at::kLong));
    for (std::size_t slot = 0; slot < of_batch.size(); ++slot) {
      pictures[of_batch[slot]].push_back(
          overlay(*batch, slot, seen,
                  fmt::format("what speaks for {}",
                              network.names[static_cast<std::size_t>(outputs[slot])])));
    }
  }
}

}  // namespace lockstep
