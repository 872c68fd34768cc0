#include "launcher/use/features_rank.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <ATen/ops/zeros.h>
#include <fmt/ranges.h>
#include <torch/nn/modules/linear.h>

#include "checkpoint/agreement.h"
#include "core/hash.h"
#include "launcher/rank/rank_device.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/initial_weights.h"
#include "models/make_model.h"
#include "models/model_summary.h"
#include "models/network/channel_norm.h"
#include "models/network/layer_tap.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "sharding/write/feature_pack.h"
#include "trainer/lane/numerics.h"
#include "trainer/pass/prediction.h"

namespace lockstep {
namespace {

/// A network whose outputs are what one of its layers gives, [B, D].
class FeatureNetwork final : public ImageModel {
 public:
  /// `layer`: empty for what the head takes.
  FeatureNetwork(std::shared_ptr<ImageModel> network, std::string layer, Pooling pool)
      : network_(register_module("network", std::move(network))),
        layer_(std::move(layer)),
        pool_(pool) {}

  at::Tensor features(at::Tensor images) override {
    if (layer_.empty()) return network_->features(std::move(images));
    LayerTap tap(*network_, layer_);
    network_->forward(std::move(images));
    return as_vectors(tap.take());
  }
  at::Tensor head(const at::Tensor& features) override { return features; }
  std::vector<ModelStage> stages() const override { return network_->stages(); }

 private:
  /// x [B, C], [B, C, H, W], or of a transformer [B, T, C].
  at::Tensor as_vectors(at::Tensor x) const {
    if (x.dim() == 4 && is_channels_last(x)) x = x.permute({0, 3, 1, 2});
    if (pool_ == Pooling::mean && x.dim() == 4) return x.mean({2, 3});
    if (pool_ == Pooling::mean && x.dim() == 3) return x.mean(1);
    return x.contiguous().flatten(1);
  }

  /// Whether it is [B, H, W, C], as what ConvNeXt's blocks work on in between.
  bool is_channels_last(const at::Tensor& x) const {
    const std::shared_ptr<torch::nn::Module> layer = network_->named_modules()[layer_];
    if (layer->as<torch::nn::Linear>() != nullptr) return true;
    const auto* const norm = layer->as<ChannelNorm>();
    return norm != nullptr && norm->named_parameters()["weight"].size(0) != x.size(1);
  }

  std::shared_ptr<ImageModel> network_;
  std::string layer_;
  Pooling pool_;
};

/// The layer that a stage ends with, where a stage is named; else the name itself.
std::string layer_of(const ImageModel& network, const std::string& name) {
  const std::vector<ModelStage> stages = network.stages();
  const auto stage = std::ranges::find(stages, name, &ModelStage::name);
  if (stage == stages.end() || network.named_modules().contains(name)) return name;
  std::string prefix = stage->prefixes.back();
  if (prefix.ends_with('.')) prefix.pop_back();
  return prefix;
}

/// The labels of a split, in the order of the ids.
class Labels {
 public:
  explicit Labels(const Dataset& split) {
    split.visit_labels([this](std::uint64_t, const SampleLabel& label) {
      numbers_.push_back(label.number);
      targets_.insert(targets_.end(), label.targets.begin(), label.targets.end());
      width_ = label.targets.size();
    });
  }
  void give(std::size_t id, Sample& sample) const {
    sample.label = numbers_[id];
    const auto begin = targets_.begin() + static_cast<std::ptrdiff_t>(id * width_);
    sample.targets.assign(begin, begin + static_cast<std::ptrdiff_t>(width_));
  }

 private:
  std::vector<std::int64_t> numbers_;
  std::vector<float> targets_;
  std::size_t width_ = 0;
};

/// The network that the config describes, and all that a pass takes beside it.
struct Extractor {
  Pack pack;
  Config config;  ///< with the mean and std that are used
  InputSpec input;
  RankDevice device;
  Precision precision;
  std::unique_ptr<FlatModel> network;
  std::string layer;  ///< empty: what the head takes
  std::shared_ptr<FeatureNetwork> features;
  std::uint32_t count = 0;  ///< of a sample
};

/// The number of features of an image: asks for those of a black one.
std::uint32_t count_features(FeatureNetwork& network, const InputSpec& input, at::Device device) {
  const at::NoGradGuard no_grad;
  network.eval();
  const at::Tensor image =
      at::zeros({1, input.channels, input.height, input.width}, at::TensorOptions().device(device));
  const std::int64_t count = network.forward(image).size(1);
  check(count <= kMostFeatures, ExitCode::usage,
        "the layer gives {} numbers for an image, and a pack takes {} at most: --pool mean", count,
        kMostFeatures);
  return static_cast<std::uint32_t>(count);
}

/// Collective.
Extractor open_extractor(const FeaturesJob& job, RankContext& context) {
  Communicator& communicator = context.communicator;
  Config config = job.config;
  make_deterministic(std::max(config.train.threads, 1));
  context.phase = "opening the device";
  const RankDevice device(config.train.device, communicator);
  context.phase = "opening the pack";
  Pack pack(config.data.pack);
  check(!pack.features(), ExitCode::usage,
        "'{}' has features already: data.pack is to be a pack of images", config.data.pack);
  context.phase = "reading the weights";
  const InitialWeights weights = read_initial_weights(config.model, communicator);
  const std::string from = take_input(weights, config);
  const InputSpec input =
      input_spec(config, pack, *pack.split(pack.manifest().splits.front().name));

  context.phase = "building the model";
  const auto outputs = std::max<std::size_t>(pack.label_names().size(), 1);
  const std::shared_ptr<ImageModel> network = make_model(config.model,
                                                         {.channels = input.channels,
                                                          .outputs = static_cast<int>(outputs),
                                                          .height = input.height,
                                                          .width = input.width},
                                                         config.run.seed);
  auto flat = std::make_unique<FlatModel>(network, device.device(), /*tail_elements=*/0);
  load_initial_weights(weights, config.model, missing_weights(config.model), *flat, communicator,
                       *context.log);
  if (weights.hash.empty()) {
    context.log->warn(
        "model.weights is not set: these are features of a network that nobody has "
        "trained");
  }
  const Precision precision =
      resolve_precision(config.train.precision, device.device(), device.has_bf16());
  const std::string layer = job.layer.empty() ? "" : layer_of(*network, job.layer);
  auto features = std::make_shared<FeatureNetwork>(network, layer, job.pool);
  const std::uint32_t count = count_features(*features, input, device.device());
  context.log->info("{} features of images of {}x{} pixels, mean {::.4g}, std {::.4g} ({})", count,
                    input.height, input.width, input.mean, input.std, from);
  return {.pack = std::move(pack),
          .config = std::move(config),
          .input = input,
          .device = device,
          .precision = precision,
          .network = std::move(flat),
          .layer = layer,
          .features = std::move(features),
          .count = count};
}

PackManifest manifest_of(const FeaturesJob& job, const Extractor& extractor) {
  const PackManifest& images = extractor.pack.manifest();
  const InputSpec& input = extractor.input;
  PackManifest manifest;
  manifest.encoding = Encoding::features;
  manifest.label = images.label;
  manifest.classes = images.classes;
  manifest.label_names = images.label_names;
  manifest.features =
      FeatureInfo{.count = extractor.count,
                  .layer = extractor.layer.empty() ? std::string(kHeadInput) : extractor.layer,
                  .network = extractor.config.model.name,
                  .weights = digest_without_head(extractor.network->model()),
                  .height = static_cast<std::uint32_t>(input.height),
                  .width = static_cast<std::uint32_t>(input.width),
                  .views = static_cast<std::uint32_t>(job.views)};
  manifest.channels = input.channels;
  manifest.mean = {input.mean.begin(), input.mean.end()};
  manifest.std = {input.std.begin(), input.std.end()};
  manifest.options = {{"images", images.fingerprint},
                      {"precision", std::string(name_of(extractor.precision))},
                      {"shard_size", std::to_string(job.shard_bytes)}};
  if (!job.layer.empty()) manifest.options["pool"] = name_of(job.pool);
  if (job.views > 0) manifest.options["seed"] = std::to_string(extractor.config.run.seed);
  Hasher hasher;
  for (const std::string& text : {images.fingerprint, manifest.features->weights,
                                  manifest.features->layer, fmt::format("{}", manifest.options)}) {
    hasher.update(std::as_bytes(std::span(text)));
  }
  manifest.input_digest = hasher.hex();
  return manifest;
}

/// Collective: a split into `out`, which rank 0 has.
void extract_split(const FeaturesJob& job, Extractor& extractor, const SplitInfo& split,
                   std::optional<FeaturePack>& out, RankContext& context) {
  const auto dataset = extractor.pack.split(split.name);
  std::vector<std::string> sources;
  std::optional<Labels> labels;
  do_together(context.communicator, [&] {
    if (!out) return;
    sources = read_sources(extractor.pack.directory(), split);
    labels.emplace(*dataset);
  });
  const std::vector<std::string>& trained = extractor.config.data.train;
  const bool is_trained = std::ranges::find(trained, split.name) != trained.end();
  const int views = is_trained ? job.views : 0;
  BatchPassOptions options{
      .loader = loader_options(extractor.config, extractor.input, extractor.device.cores()),
      .batch = extractor.config.train.batch,
      .precision = extractor.precision,
      .device = extractor.device.device()};
  options.loader.augment.mixup = options.loader.augment.cutmix = 0;  // of one sample each
  options.loader.epoch_sizes.clear();
  const Answers answers{extractor.count, [](const at::Tensor& outputs) { return outputs; }};
  Sample labelled;
  for (int view = 0; view < std::max(views, 1); ++view) {
    if (views > 0) options.augmented = static_cast<std::uint64_t>(view);
    const auto take = [&](const Predictions& part) {
      const std::span<const float> all(part.answers.const_data_ptr<float>(),
                                       static_cast<std::size_t>(part.answers.numel()));
      for (std::size_t i = 0; i < all.size() / extractor.count; ++i) {
        const std::size_t id = static_cast<std::size_t>(part.first) + i;
        labels->give(id, labelled);
        out->add(split.name, views > 0 ? fmt::format("{}#view{}", sources[id], view) : sources[id],
                 labelled, all.subspan(i * extractor.count, extractor.count));
      }
    };
    collect_answers(*extractor.features, answers, dataset, options, DamagedSamples::fatal,
                    context.communicator, context.progress_of("features: " + split.name), take);
  }
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<SplitInfo> chosen_splits(const FeaturesJob& job, const Pack& pack) {
  const std::vector<SplitInfo>& all = pack.manifest().splits;
  std::vector<std::string> names;
  for (const SplitInfo& split : all) names.push_back(split.name);
  for (const std::string& name : job.splits) {
    check(contains(names, name), ExitCode::usage,
          "--split is '{}', and the pack '{}' has no split of that name; it has: {}", name,
          pack.directory(), fmt::join(names, ", "));
  }
  std::vector<SplitInfo> chosen;
  std::ranges::copy_if(all, std::back_inserter(chosen), [&](const SplitInfo& split) {
    return job.splits.empty() || contains(job.splits, split.name);
  });
  const std::vector<std::string>& trained = job.config.data.train;
  check(job.views == 0 ||
            std::ranges::any_of(
                chosen, [&](const SplitInfo& split) { return contains(trained, split.name); }),
        ExitCode::usage,
        "--views is {}, and none of these splits is trained on (data.train: {}): leave it out",
        job.views, fmt::join(trained, ", "));
  return chosen;
}

}  // namespace

ExitCode run_features_rank(const FeaturesJob& job, RankContext& context) {
  const ExistingPack existing = job.force ? ExistingPack::replace : ExistingPack::refuse;
  const bool is_root = context.communicator.rank() == 0;
  do_together(context.communicator, [&] {
    if (is_root) check_new_pack(job.out, existing);
  });
  Extractor extractor = open_extractor(job, context);
  const std::vector<SplitInfo> splits = chosen_splits(job, extractor.pack);

  context.phase = "taking features";
  std::optional<FeaturePack> out;
  do_together(context.communicator, [&] {
    if (is_root) out.emplace(job.out, manifest_of(job, extractor), existing, job.shard_bytes);
  });
  for (const SplitInfo& split : splits) extract_split(job, extractor, split, out, context);
  do_together(context.communicator, [&] {
    if (out) out->finish();
  });
  if (!is_root) return ExitCode::ok;
  const Pack pack(job.out);
  for (const SplitInfo& split : pack.manifest().splits) {
    context.log->info(
        message("{}: {} samples of {} numbers", split.name, split.samples, extractor.count));
  }
  context.log->info(message("'{}' is ready: fingerprint {}", job.out, pack.fingerprint()));
  const std::vector<std::string>& trained = extractor.config.data.train;
  const bool can_be_trained_on = std::ranges::all_of(
      trained, [&](const std::string& name) { return pack.manifest().find(name) != nullptr; });
  if (job.layer.empty() && can_be_trained_on && pack.label_kind() != LabelKind::none) {
    const std::string& weights = extractor.config.model.weights;
    context.log->info(message("the head is trained on it with the same config, {}data.pack={}",
                              weights.empty() ? "" : fmt::format("model.weights={} ", weights),
                              job.out));
  }
  return ExitCode::ok;
}

}  // namespace lockstep
