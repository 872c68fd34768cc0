#include "launcher/run/event_head.h"

#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "imaging/codec/encode.h"
#include "launcher/config/config_yaml.h"
#include "launcher/report/augmented_sheet.h"
#include "launcher/tensorboard/event_record.h"

namespace lockstep {
namespace {

std::string picture(const ResolvedRun& run, const TrainingData& data, const EventTime& at) {
  if (run.loader.features > 0) return {};
  BatchLoaderOptions loader = run.loader;
  loader.workers = 1;
  const Image sheet = draw_contact_sheet(augmented_sheet(data.labels.names, data.train, loader));
  const std::vector<std::byte> png = encode_png(sheet.view());
  return image_record(at, {.tag = "train/images",
                           .height = sheet.height(),
                           .width = sheet.width(),
                           .channels = sheet.channels(),
                           .png = png});
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
  return hparams_record(at, name, values) + picture(run, data, at);
}

}  // namespace lockstep
