#include "launcher/setup/data_setup.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/ranges.h>

#include "core/error.h"
#include "core/suggest.h"
#include "launcher/rank/rank_cpus.h"
#include "launcher/setup/feature_setup.h"
#include "launcher/setup/task_setup.h"
#include "models/catalog/model_catalog.h"
#include "sharding/feed/batch_builder.h"
#include "sharding/read/class_subset.h"
#include "sharding/read/joined_dataset.h"

namespace lockstep {

namespace {

TaskKind task_of(LabelKind labels) {
  switch (labels) {
    case LabelKind::int64:
      return TaskKind::classification;
    case LabelKind::uint8:
      return TaskKind::multi_label;
    case LabelKind::float32:
      return TaskKind::regression;
    case LabelKind::none:
      break;
  }
  fail(ExitCode::data, "a pack without labels is nothing to learn from");
}

/// "a, b, c, d, e, …"
std::string first_few(const std::vector<std::string>& names) {
  constexpr std::size_t kFew = 5;
  const auto few = std::span(names).first(std::min(names.size(), kFew));
  return fmt::format("{}{}", fmt::join(few, ", "), names.size() > kFew ? ", …" : "");
}

void check_train_splits(const Pack& pack, const std::vector<std::string>& names) {
  std::vector<std::string_view> known;
  for (const SplitInfo& split : pack.manifest().splits) known.push_back(split.name);
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    check(std::ranges::find(known, name) != known.end(), ExitCode::usage,
          "data.train has '{}', and pack '{}' has no split of that name; it has: {}", name,
          pack.directory(), fmt::join(known, ", "));
    check(seen.insert(name).second, ExitCode::usage,
          "data.train has the split '{}' twice; pack '{}' has: {}", name, pack.directory(),
          fmt::join(known, ", "));
  }
}

/// The pack's numbers of the classes that data.classes names.
std::vector<std::int64_t> class_numbers(const Pack& pack, const std::vector<std::string>& names) {
  check(pack.label_kind() == LabelKind::int64, ExitCode::usage,
        "data.classes chooses among classes, and the labels of pack '{}' are those of another task "
        "({}): leave it out",
        pack.directory(), name_of(task_of(pack.label_kind())));
  check(names.size() >= 2, ExitCode::usage,
        "data.classes has '{}' alone: a model needs at least two classes to tell apart", names[0]);
  std::map<std::string_view, std::int64_t> known;
  for (const std::string& name : pack.classes()) {
    known.emplace(name, static_cast<std::int64_t>(known.size()));
  }
  std::vector<std::int64_t> numbers;
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    const auto found = known.find(name);
    if (found == known.end()) {
      const std::string nearest = did_you_mean(name, pack.classes());
      fail(ExitCode::usage, "data.classes has '{}', and pack '{}' has no class of that name{}",
           name, pack.directory(),
           nearest.empty()
               ? fmt::format("; `lockstep inspect {}` lists them", pack.directory().string())
               : nearest);
    }
    check(seen.insert(name).second, ExitCode::usage, "data.classes has '{}' twice", name);
    numbers.push_back(found->second);
  }
  return numbers;
}

}  // namespace

Pack open_labelled_pack(const std::string& directory) {
  check(!directory.empty(), ExitCode::usage,
        "data.pack is not set: give the directory of a pack (`lockstep pack SOURCE --out PACK` "
        "makes one)");
  Pack pack(directory);
  check(
      !pack.label_names().empty(), ExitCode::data,
      "pack '{}' has no labels, so there is nothing to learn from it; `lockstep inspect {}` shows "
      "what it holds",
      directory, directory);
  return pack;
}

std::shared_ptr<const Dataset> open_samples(const Pack& pack,
                                            const std::vector<std::string>& splits,
                                            const std::vector<std::string>& classes) {
  std::vector<std::shared_ptr<const Dataset>> parts;
  for (const std::string& split : splits) parts.push_back(pack.split(split));
  const auto all = join_datasets(std::move(parts));
  if (classes.empty()) return all;
  auto chosen = choose_classes(all, class_numbers(pack, classes));
  check(chosen->size() > 0, ExitCode::usage,
        "pack '{}' has no sample of the classes in data.classes ({}) in {}", pack.directory(),
        first_few(classes), fmt::join(splits, " and "));
  return chosen;
}

TrainingData open_training_data(const DataOptions& options) {
  Pack pack = open_labelled_pack(options.pack);
  check_train_splits(pack, options.train);
  auto train = limit_dataset(open_samples(pack, options.train, options.classes), options.limit);
  std::shared_ptr<const Dataset> valid;
  check(options.valid.empty() || pack.manifest().find(options.valid) != nullptr, ExitCode::data,
        "the pack '{}' has no split '{}' to measure on: make it again with --valid-fraction 0.1, "
        "name another split with data.valid=NAME, or train without one with data.valid=",
        options.pack, options.valid);
  if (!options.valid.empty()) valid = open_samples(pack, {options.valid}, options.classes);
  TaskSpec labels = task_of_labels(pack, options.classes);
  return {std::move(pack), std::move(train), std::move(valid), std::move(labels)};
}

namespace {

/// What the config itself says; empty where it leaves that to the pack.
ChannelStatistics given_statistics(const DataOptions& options) {
  switch (options.normalise) {
    case Normalise::pixel:
      return {{0}, {1}};
    case Normalise::none:
      return {{0}, {1.0f / 255}};
    case Normalise::pack:
      break;
  }
  const auto is_usual = [](const std::vector<float>& values) {
    return values.empty() || values.size() == 1 || values.size() == 3;
  };
  check(options.mean.empty() == options.std.empty() && is_usual(options.mean) &&
            is_usual(options.std),
        ExitCode::usage,
        "data.mean has {} numbers and data.std {}: give both, with one number or three each",
        options.mean.size(), options.std.size());
  return {options.mean, options.std};
}

}  // namespace

InputSpec input_spec(const Config& config, const Pack& pack, const Dataset& dataset) {
  const ChannelStatistics given = given_statistics(config.data);
  if (pack.features()) return input_of_features(config, given, pack);
  const InputSize size = input_size(dataset, config.data.image_size);
  check_input_size(config.model, size.height, size.width);
  for (const int side : config.train.image_size) check_input_size(config.model, side, side);
  check(config.train.image_size.empty() || !has_fixed_size(find_model(config.model.name)),
        ExitCode::usage,
        "train.image_size changes the size of images from epoch to epoch, and {} is built for one: "
        "leave it out, or choose another model.name",
        config.model.name);
  const int channels = config.data.channels > 0 ? config.data.channels : pack.channels();
  return {.height = size.height,
          .width = size.width,
          .channels = channels,
          .mean = of_channels(given.mean.empty() ? pack.mean() : given.mean, channels),
          .std = of_channels(given.std.empty() ? pack.std() : given.std, channels)};
}

bool has_several_sizes(const Dataset& dataset) {
  constexpr std::uint64_t kLooks = 32;
  const std::uint64_t looks = std::min(dataset.size(), kLooks);
  std::set<std::pair<std::uint32_t, std::uint32_t>> sizes;
  Sample sample;
  for (std::uint64_t i = 0; i < looks; ++i) {
    dataset.read(i * dataset.size() / looks, sample);
    sizes.emplace(sample.record.height, sample.record.width);
  }
  return sizes.size() > 1;
}

TaskSpec task_of_labels(const Pack& pack, const std::vector<std::string>& classes) {
  return {.kind = task_of(pack.label_kind()),
          .names = classes.empty() ? pack.label_names() : classes,
          .target_mean = {},
          .target_std = {}};
}

void check_same_labels(const TaskSpec& model, const TaskSpec& pack, const std::string& directory) {
  const bool same_names = model.names == pack.names;
  check(model.kind == pack.kind || (same_names && can_be_learned_as(model.kind, pack.kind)),
        ExitCode::usage,
        "the model was trained for {}, and the labels of pack '{}' are those of another task ({})",
        name_of(model.kind), directory, name_of(pack.kind));
  const std::string_view what = output_noun(model.kind);
  constexpr const char* kRemedy =
      "give the pack that it was trained on, or one with the same names in the same order";
  check(model.names.size() == pack.names.size(), ExitCode::usage,
        "the model was trained on {} {} ({}), and pack '{}' has {} ({}): {}", model.names.size(),
        what, first_few(model.names), directory, pack.names.size(), first_few(pack.names), kRemedy);
  const auto [known, other] = std::ranges::mismatch(model.names, pack.names);
  check(
      known == model.names.end(), ExitCode::usage,
      "number {} of the {} that the model was trained on is '{}', and in pack '{}' it is '{}': {}",
      known - model.names.begin() + 1, what, *known, directory, *other, kRemedy);
}

std::shared_ptr<const SampleOrder> sample_order(const Config& config, const Dataset& train) {
  if (config.data.balance == Balance::oversample) {
    check(config.data.shuffle == Shuffle::full, ExitCode::usage,
          "data.balance: oversample draws samples from all over the split, so data.shuffle: block "
          "has no effect; use data.balance: weights, or data.shuffle: full");
    return balanced_shuffle(std::make_shared<const ClassMembers>(train), config.run.seed);
  }
  if (config.data.shuffle == Shuffle::block) {
    return block_shuffle(train.size(), config.run.seed, config.data.block_shuffle);
  }
  return full_shuffle(train.size(), config.run.seed);
}

std::vector<float> class_weights(const Config& config, const Dataset& train) {
  if (config.data.balance != Balance::weights) return {};
  return ClassMembers(train).weights();
}

namespace {

/// None where batches are to be learned by heart; evaluation stays as it is.
AugmentOptions training_augment(const Config& config) {
  if (config.train.overfit_batches == 0) return config.data.augment;
  return {.eval_crop = config.data.augment.eval_crop};
}

}  // namespace

BatchLoaderOptions loader_options(const Config& config, const InputSpec& input, int cores) {
  const int threads = std::max(config.train.threads, 1);
  return {.height = input.height,
          .width = input.width,
          .channels = input.channels,
          .mean = input.mean,
          .std = input.std,
          .augment = training_augment(config),
          .seed = config.run.seed,
          .epoch_sizes = config.train.image_size,
          .epochs = static_cast<std::uint64_t>(config.train.epochs),
          .class_weights = {},
          .format = PixelFormat::floats,
          .allocator = {},
          .workers = config.data.workers.value_or(automatic_workers(cores, threads)),
          .prefetch = config.data.prefetch};
}

ModelShape model_shape(const InputSpec& input, const TaskSpec& task) {
  return {.channels = input.channels,
          .outputs = static_cast<int>(task.names.size()),
          .height = input.height,
          .width = input.width,
          .begin_at_zero = task.kind == TaskKind::regression};
}

}  // namespace lockstep
