#include "launcher/use/trained_model.h"

#include <algorithm>
#include <utility>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "checkpoint/agreement.h"
#include "checkpoint/selection.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_parse.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/data_setup.h"
#include "launcher/setup/exported_model.h"
#include "launcher/setup/feature_setup.h"
#include "launcher/setup/initial_weights.h"
#include "launcher/setup/run_directory.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "models/weights/input_preset.h"
#include "models/weights/load_weights.h"
#include "trainer/lane/numerics.h"
#include "trainer/pass/ensemble.h"
#include "trainer/task/make_task.h"
#include "trainer/tensor_io.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// What is known of a model before it is built.
struct Description {
  Config config;
  InputSpec input;
  TaskSpec task;
  bool outputs_are_named = true;
  bool of_average = false;  ///< of a run's weights
};

void check_source(const ModelSource& source) {
  check(source.target.empty() != source.weights.empty(), ExitCode::usage,
        "name one model: a run or a checkpoint, or a file with --weights");
  const bool describes = !source.model.empty() || source.image_size > 0 || source.crop ||
                         !source.mean.empty() || !source.std.empty() || !source.classes.empty();
  check(source.target.empty() || !describes, ExitCode::usage,
        "--model, --image-size, --crop, --mean, --std and --classes describe a file of --weights; "
        "a run knows its own");
  check(!source.ema || source.weights.empty(), ExitCode::usage,
        "--ema is for a run or a checkpoint: a file holds one set of weights");
  check(source.snapshots == 0 || source.weights.empty(), ExitCode::usage,
        "--snapshots is for a run: a file holds one set of weights");
  check(!source.crop || (*source.crop > 0 && *source.crop <= 1), ExitCode::usage,
        "--crop is {}; it is the part that is kept, above 0 and at most 1",
        source.crop.value_or(0));
  constexpr const char* kUnit = "white is 1 here, and not 255";
  for (const float value : source.mean) {
    check(value >= 0 && value <= 1, ExitCode::usage, "--mean has {}; {}", value, kUnit);
  }
  for (const float value : source.std) {
    check(value > 0 && value <= 1, ExitCode::usage, "--std has {}; {}", value,
          value == 0 ? "images are divided by it" : kUnit);
  }
  std::error_code ignored;
  check(source.weights.empty() || !std::filesystem::is_directory(source.weights, ignored),
        ExitCode::usage, "--weights '{}' is a directory: give a run or a checkpoint without it",
        source.weights);
}

std::vector<std::string> read_class_names(const std::filesystem::path& file) {
  std::string text = read_file(file, ExitCode::usage, 1 << 24);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    if (name.ends_with('\r')) name.pop_back();
    check(!name.empty() && std::ranges::find(names, name) == names.end(), ExitCode::usage,
          "--classes '{}': '{}' in line {} is {}", file, name, names.size() + 1,
          name.empty() ? "no name" : "given twice");
    names.push_back(std::move(name));
    begin = end + 1;
  }
  return names;
}

/// `values` for each channel; `usual` where none are given.
std::vector<float> per_channel(const std::vector<float>& values, std::span<const float> usual,
                               int channels, const char* option) {
  const auto count = static_cast<std::size_t>(channels);
  if (values.empty()) return of_channels({usual.begin(), usual.end()}, channels);
  check(values.size() == 1 || values.size() == count, ExitCode::usage,
        "{} has {} numbers; one, or one for each of {} channels, is needed", option, values.size(),
        channels);
  return values.size() == count ? values : std::vector<float>(count, values[0]);
}

/// Collective: what rank 0 sees in the file, on every rank.
WeightEnds shared_ends(const InitialWeights& weights, const ModelOptions& options,
                       Communicator& communicator) {
  nlohmann::json json;
  do_together(communicator, [&] {
    if (!weights.file) return;
    const WeightEnds ends = find_weight_ends(*weights.file, options);
    json = {ends.channels, ends.outputs, name_of(ends.style)};
  });
  json =
      parse_json<nlohmann::json>(broadcast_text(communicator, json.dump(), 0), ExitCode::internal);
  return {.channels = json[0].get<int>(),
          .outputs = json[1].get<int>(),
          .style = find_name<NameStyle>(json[2].get<std::string>()).value()};
}

/// Of what the network is fed with, as far as nobody gave it.
void say_what_is_assumed(const ModelSource& source, bool known, std::string_view style,
                         spdlog::logger& log) {
  std::vector<std::string_view> assumed;
  const auto add = [&](bool given, std::string_view name) {
    if (!given) assumed.push_back(name);
  };
  add(source.image_size > 0, "image size");
  add(source.crop.has_value(), "crop");
  add(!source.mean.empty(), "mean");
  add(!source.std.empty(), "std");
  if (assumed.empty()) return;
  if (known) {
    log.info("{}: as is usual for weights with {}'s names", fmt::join(assumed, ", "), style);
  } else {
    log.warn(
        "{}: assumed, as weights of this network have no usual ones; --image-size, --crop, "
        "--mean and --std say what it was trained with",
        fmt::join(assumed, ", "));
  }
}

/// Collective.
Description describe_foreign(const ModelSource& source, const InitialWeights& weights,
                             RankContext& context) {
  check(!source.model.empty(), ExitCode::usage,
        "'{}' does not say what network it is of: name it with --model (`lockstep models` lists "
        "them)",
        source.weights);
  Description result;
  result.config.model.name = source.model;
  const ModelEntry& entry = find_model(source.model);
  const WeightEnds ends = shared_ends(weights, result.config.model, context.communicator);
  const std::optional<InputPreset> known = input_preset(ends.style, entry);
  const InputPreset preset = known.value_or(InputPreset{
      .side = entry.usual_side, .crop = 1, .mean = {0.5f, 0.5f, 0.5f}, .std = {0.5f, 0.5f, 0.5f}});
  const int side = source.image_size > 0 ? source.image_size : preset.side;
  const double crop = source.crop.value_or(preset.crop);
  result.config.data.augment.eval_crop = crop;
  result.input = {.height = side,
                  .width = side,
                  .channels = ends.channels,
                  .mean = per_channel(source.mean, preset.mean, ends.channels, "--mean"),
                  .std = per_channel(source.std, preset.std, ends.channels, "--std")};
  result.task.kind = TaskKind::classification;
  result.outputs_are_named = !source.classes.empty();
  if (result.outputs_are_named) result.task.names = read_class_names(source.classes);
  for (int i = 0; i < ends.outputs && !result.outputs_are_named; ++i) {
    result.task.names.push_back(std::to_string(i));
  }
  check(result.task.names.size() == static_cast<std::size_t>(ends.outputs), ExitCode::usage,
        "--classes '{}' has {} lines, and the network of '{}' has {} outputs", source.classes,
        result.task.names.size(), source.weights, ends.outputs);
  say_what_is_assumed(source, known.has_value(), name_of(ends.style), *context.log);
  return result;
}

/// Collective.
Description describe_file(const ModelSource& source, const InitialWeights& weights,
                          RankContext& context) {
  std::string exported;
  if (weights.file && weights.file->metadata.contains(kExportedKey)) {
    exported = weights.file->metadata.at(kExportedKey);
  }
  exported = broadcast_text(context.communicator, std::move(exported), 0);
  if (exported.empty()) return describe_foreign(source, weights, context);
  ExportedModel model = read_export_metadata({{kExportedKey, exported}}, source.weights);
  check(source.mean.empty() && source.std.empty() && source.classes.empty() &&
            (source.model.empty() || source.model == model.config.model.name),
        ExitCode::usage,
        "'{}' says itself that it is of {}, and what it is fed with: leave --model, --mean, --std "
        "and --classes away",
        source.weights, model.config.model.name);
  if (source.image_size > 0) model.input.height = model.input.width = source.image_size;
  if (source.crop) model.config.data.augment.eval_crop = *source.crop;
  return {.config = std::move(model.config),
          .input = model.input,
          .task = std::move(model.task),
          .outputs_are_named = true,
          .of_average = model.of_average};
}

/// What both kinds have in common, without the parameters.
TrainedModel build(const ModelSource& source, Description description, RankContext& context) {
  Config& config = description.config;
  if (!source.device.empty()) config.train.device = source.device;
  const InputSpec& input = description.input;
  check_input_size(config.model, input.height, input.width);
  make_deterministic(std::max(config.train.threads, 1));
  RankDevice device(config.train.device, context.communicator);
  const Precision precision = resolve_precision(source.precision.value_or(config.train.precision),
                                                device.device(), device.has_bf16());
  const std::string slow = slow_precision(precision, device.device(), cpu_computes_in_bf16());
  if (!slow.empty()) context.log->warn("{}: --precision fp32 computes in float32", slow);
  std::unique_ptr<const Task> task = make_task(description.task);
  auto model = std::make_unique<FlatModel>(
      make_model(config.model, model_shape(input, description.task), config.run.seed),
      device.device(), task->tail().elements());
  return {.config = std::move(config),
          .input = input,
          .task = std::move(task),
          .outputs_are_named = description.outputs_are_named,
          .checkpoint = std::nullopt,
          .name = {},
          .reason = {},
          .is_ensemble = false,
          .digest = {},
          .device = device,
          .precision = precision,
          .model = std::move(model)};
}

TrainedModel load_file(const ModelSource& source, RankContext& context) {
  context.phase = "reading the weights";
  ModelOptions options{.name = {}};  // what it is fed with is asked below
  options.weights = source.weights;
  InitialWeights weights = read_initial_weights(options, context.communicator);
  Description description = describe_file(source, weights, context);
  const InputSpec& input = description.input;
  context.log->info(
      "{} with {} outputs, fed with {}x{} images, the middle {:.3g} of each, mean {::.4g}, std "
      "{::.4g}{}",
      description.config.model.name, description.task.names.size(), input.height, input.width,
      description.config.data.augment.eval_crop, input.mean, input.std,
      description.of_average ? "; the average of its run's weights" : "");
  description.config.model.weights = options.weights;
  description.config.model.weights_partial = false;
  TrainedModel result = build(source, std::move(description), context);
  load_initial_weights(weights, result.config.model, MissingWeights::exact, *result.model,
                       context.communicator, *context.log);
  result.name = source.weights;
  result.reason = "as given";
  result.digest = weights.hash;
  return result;
}

/// Collective: of one checkpoint of `source`, or of its run.
TrainedModel load_checkpoint_of(const ModelSource& source, const fs::path& target,
                                RankContext& context) {
  context.phase = "reading the checkpoint";
  ChosenCheckpoint chosen = choose_checkpoint(context.communicator, target, check_training_state);
  TrainingState state = read_training_state(chosen.checkpoint);
  TrainedModel result =
      build(source,
            {.config = parse_config(chosen.checkpoint.manifest.config, "the checkpoint's config"),
             .input = state.input,
             .task = state.task},
            context);
  const WeightsOf whose = source.ema ? WeightsOf::average : WeightsOf::model;
  restore_model(chosen.checkpoint, *result.model, whose);
  chosen.reason += weights_note(chosen.checkpoint, whose);
  result.name = chosen.checkpoint.directory;
  result.reason = chosen.reason;
  result.digest = chosen.checkpoint.manifest.state_digest;
  result.checkpoint = std::move(chosen.checkpoint);
  return result;
}

/// Collective: the newest checkpoints of the run, as rank 0 sees them, the newest last.
std::vector<fs::path> newest_checkpoints(const ModelSource& source, Communicator& communicator) {
  std::string list;
  do_together(communicator, [&] {
    if (communicator.rank() != 0) return;
    check(classify_target(source.target) == TargetKind::run, ExitCode::usage,
          "--snapshots takes the checkpoints of a run, and '{}' is one checkpoint", source.target);
    const auto all = list_checkpoints(RunDirectory(source.target).checkpoints());
    const auto wanted = static_cast<std::size_t>(source.snapshots);
    check(all.size() >= wanted, ExitCode::usage,
          "--snapshots is {}, and '{}' has {} checkpoint{}: ask for fewer, or train with "
          "checkpoint.keep=0, which keeps all",
          wanted, source.target, all.size(), all.size() == 1 ? "" : "s");
    for (const auto& one : std::span(all).last(wanted)) {
      list.append(one.directory.string()).push_back('\0');
    }
  });
  list = broadcast_text(communicator, std::move(list), 0);
  std::vector<fs::path> paths;
  for (std::size_t begin = 0; begin < list.size();) {
    const std::size_t end = list.find('\0', begin);
    paths.emplace_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return paths;
}

TrainedModel load_snapshots(const ModelSource& source, RankContext& context) {
  std::optional<TrainedModel> newest;
  std::vector<std::unique_ptr<FlatModel>> members;
  std::vector<std::string> steps, digests;
  for (const fs::path& path : newest_checkpoints(source, context.communicator)) {
    newest.emplace(load_checkpoint_of(source, path, context));
    members.push_back(std::move(newest->model));
    steps.push_back(std::to_string(newest->checkpoint->manifest.step));
    digests.push_back(newest->digest);
  }
  const at::Device device = newest->device.device();
  newest->model = std::make_unique<FlatModel>(make_ensemble(std::move(members), *newest->task),
                                              device, newest->task->tail().elements());
  newest->is_ensemble = true;
  newest->name = source.target;
  newest->reason = fmt::format("the mean of the checkpoints at steps {}", fmt::join(steps, ", "));
  newest->digest = fmt::format("{}", fmt::join(digests, ", "));
  return std::move(*newest);
}

}  // namespace

BatchPassOptions TrainedModel::pass_options(int batch, const Pack* pack) const {
  BatchLoaderOptions loader = loader_options(config, input, device.cores());
  if (pack != nullptr && pack->features()) {
    check(!is_ensemble, ExitCode::usage,
          "'{}' has features, which one network has made, and --snapshots asks several: give the "
          "pack of the images",
          pack->directory());
    check_features(*pack, config.model.name, model->model());
    loader.features = pack->manifest().features_of_sample();
  }
  return {.loader = std::move(loader),
          .batch = batch > 0 ? batch : config.train.batch,
          .precision = precision,
          .device = device.device()};
}

TrainedModel load_trained_model(const ModelSource& source, RankContext& context) {
  check_source(source);
  if (source.target.empty()) return load_file(source, context);
  return source.snapshots > 0 ? load_snapshots(source, context)
                              : load_checkpoint_of(source, source.target, context);
}

}  // namespace lockstep
