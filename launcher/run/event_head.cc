#include "launcher/run/event_head.h"

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "imaging/codec/encode.h"
#include "launcher/config/config_yaml.h"
#include "launcher/report/augmented_sheet.h"

namespace lockstep {
namespace {

std::string fed_pictures(const ResolvedRun& run, const TrainingData& data, const EventTime& at) {
  if (run.loader.features > 0) return {};
  BatchLoaderOptions loader = run.loader;
  loader.workers = 1;
  return picture_record(at, "train/images",
                        draw_contact_sheet(augmented_sheet(data.labels.names, data.train, loader)));
}

}  // namespace

std::string event_head(const ResolvedRun& run, const TrainingData& data) {
  const EventTime at{.wall_time = std::chrono::duration<double>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count(),
                     .step = 0};
  std::vector<std::pair<std::string, std::string>> values = identity_of(run.config);
  values.emplace_back("train.lanes", value_of(run.config, "train.lanes"));
  const std::string name = std::filesystem::path(run.config.run.dir).lexically_normal().string();
  return hparams_record(at, name, values) + fed_pictures(run, data, at);
}

std::string picture_record(const EventTime& at, const std::string& tag, const Image& picture) {
  const std::vector<std::byte> png = encode_png(picture.view());
  return image_record(at, {.tag = tag,
                           .height = picture.height(),
                           .width = picture.width(),
                           .channels = picture.channels(),
                           .png = png});
}

}  // namespace lockstep
