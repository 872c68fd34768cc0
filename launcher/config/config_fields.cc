#include "launcher/config/config_fields.h"

#include <algorithm>
#include <charconv>
#include <concepts>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

namespace lockstep {
namespace {

/// Quoted scalars are text, whatever they look like.
bool is_plain(const YAML::Node& scalar) { return scalar.Tag() != "!"; }

template <typename Number>
bool read_number(const YAML::Node& scalar, Number& value) {
  const std::string& text = scalar.Scalar();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return is_plain(scalar) && error == std::errc() && end == text.data() + text.size();
}

std::string quoted(const std::string& text) {
  YAML::Emitter emitter;
  emitter << text;
  return emitter.c_str();
}

/// at(&Config::train, &TrainOptions::batch): reaches a member of a section, const or not.
template <typename... Members>
auto at(Members... members) {
  return [=](auto& config) -> auto& { return (config.*....*members); };
}

template <typename... Members>
auto augment(Members... members) {
  return at(&Config::data, &DataOptions::augment, members...);
}

/// The type of what `access` reaches.
template <typename Access>
using Value = std::remove_reference_t<std::invoke_result_t<Access, Config&>>;

template <typename Access>
ConfigField number(
    std::string key, KeyRole role, Access access, std::type_identity_t<Value<Access>> low,
    std::type_identity_t<Value<Access>> high = std::numeric_limits<Value<Access>>::max()) {
  using T = Value<Access>;
  static_assert(std::integral<T>);
  ConfigField field{.key = std::move(key), .role = role};
  field.allowed = high == std::numeric_limits<T>::max()
                      ? fmt::format("a whole number of at least {}", low)
                      : fmt::format("a whole number from {} to {}", low, high);
  field.read = [=](Config& config, const YAML::Node& scalar) {
    T value{};
    if (!read_number(scalar, value) || value < low || value > high) return false;
    access(config) = value;
    return true;
  };
  field.write = [=](const Config& config) { return fmt::format("{}", access(config)); };
  return field;
}

/// A list of whole numbers, which may be empty.
template <typename Access>
ConfigField numbers(std::string key, KeyRole role, Access access, int low, int high) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .is_list = true,
                    .allowed = fmt::format("a list of whole numbers from {} to {}", low, high)};
  field.read = [=](Config& config, const YAML::Node& list) {
    std::vector<int> values;
    for (const YAML::Node& item : list) {
      int value = 0;
      if (!item.IsScalar() || !read_number(item, value) || value < low || value > high)
        return false;
      values.push_back(value);
    }
    access(config) = std::move(values);
    return true;
  };
  field.write = [=](const Config& config) {
    return fmt::format("[{}]", fmt::join(access(config), ", "));
  };
  return field;
}

/// The real numbers between two, with or without them.
struct Interval {
  double low, high;
  bool low_included, high_included;

  bool contains(double value) const {
    return (value > low || (low_included && value == low)) &&
           (value < high || (high_included && value == high));
  }
  std::string text() const {
    if (high == std::numeric_limits<double>::infinity()) {
      return fmt::format("a number {} {}", low_included ? "of at least" : "above", low);
    }
    return fmt::format("a number in {}{}, {}{}", low_included ? '[' : '(', low, high,
                       high_included ? ']' : ')');
  }
};
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Interval positive{0, infinity, false, false};
constexpr Interval not_negative{0, infinity, true, false};
constexpr Interval below_one{0, 1, true, false};
constexpr Interval fraction{0, 1, true, true};
constexpr Interval part{0, 1, false, true};  // of something, and not nothing
constexpr Interval proportions{0.01, 100, true, true};
constexpr Interval magnification{0.1, 10, true, true};
constexpr Interval mix_alpha{0, 4, true, true};  // beyond, all pictures are blended half and half

template <typename Access>
ConfigField real(std::string key, KeyRole role, Access access, Interval interval) {
  ConfigField field{.key = std::move(key), .role = role, .allowed = interval.text()};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    double value = 0;
    if (!read_number(scalar, value) || !interval.contains(value)) return false;
    access(config) = value;
    return true;
  };
  // fmt writes the shortest digits that read back as the same double.
  field.write = [=](const Config& config) { return fmt::format("{}", access(config)); };
  return field;
}

enum class Empty { refused, allowed };

template <typename Access>
ConfigField text(std::string key, KeyRole role, Access access, Empty empty = Empty::refused) {
  ConfigField field{.key = std::move(key),
                    .role = role,
                    .allowed = empty == Empty::allowed ? "a text" : "a text that is not empty"};
  field.read = [=](Config& config, const YAML::Node& scalar) {
    if (scalar.Scalar().empty() && empty == Empty::refused) return false;
    access(config) = scalar.Scalar();
    return true;
  };
  field.write = [=](const Config& config) { return quoted(access(config)); };
  return field;
}

/// One of a few names, each standing for a value.
template <typename Access>
ConfigField choice(
    std::string key, KeyRole role, Access access,
    std::vector<std::pair<std::string, std::type_identity_t<Value<Access>>>> choices) {
  ConfigField field{.key = std::move(key), .role = role};
  std::vector<std::string_view> names;
  for (const auto& [name, value] : choices) names.push_back(name);
  field.allowed = fmt::format("one of {}", fmt::join(names, ", "));
  field.read = [=](Config& config, const YAML::Node& scalar) {
    const auto found =
        std::ranges::find(choices, scalar.Scalar(), [](const auto& pair) { return pair.first; });
    if (found == choices.end()) return false;
    access(config) = found->second;
    return true;
  };
  field.write = [=](const Config& config) {
    return std::ranges::find(choices, access(config), [](const auto& pair) { return pair.second; })
        ->first;
  };
  return field;
}

ConfigField resolved_from(std::string wildcard, ConfigField field) {
  field.wildcard = std::move(wildcard);
  return field;
}

std::vector<ConfigField> make_fields() {
  constexpr KeyRole identity = KeyRole::identity;
  constexpr KeyRole free = KeyRole::free;
  return {
      text("run.dir", free, at(&Config::run, &RunOptions::dir)),
      number("run.seed", identity, at(&Config::run, &RunOptions::seed), 0),

      // The pack itself is compared by its fingerprint; where it lies is free.
      text("data.pack", free, at(&Config::data, &DataOptions::pack)),
      text("data.train", identity, at(&Config::data, &DataOptions::train)),
      text("data.valid", identity, at(&Config::data, &DataOptions::valid), Empty::allowed),
      number("data.limit", identity, at(&Config::data, &DataOptions::limit), 0),
      choice("data.shuffle", identity, at(&Config::data, &DataOptions::shuffle),
             {{"full", Shuffle::full}, {"block", Shuffle::block}}),
      number("data.shuffle_block", identity,
             at(&Config::data, &DataOptions::block_shuffle, &BlockShuffleOptions::block_samples), 1,
             1 << 20),
      number("data.shuffle_window", identity,
             at(&Config::data, &DataOptions::block_shuffle, &BlockShuffleOptions::window_blocks), 1,
             1 << 20),
      choice("data.balance", identity, at(&Config::data, &DataOptions::balance),
             {{"none", Balance::none},
              {"oversample", Balance::oversample},
              {"weights", Balance::weights}}),
      resolved_from("0", number("data.image_size", identity,
                                at(&Config::data, &DataOptions::image_size), 0, 8192)),
      resolved_from("0",
                    choice("data.channels", identity, at(&Config::data, &DataOptions::channels),
                           {{"0", 0}, {"1", 1}, {"3", 3}})),
      // A name for numbers, each of which is a key of its own.
      choice("data.augment.preset", free, augment(&AugmentOptions::preset),
             {{"none", AugmentPreset::none},
              {"light", AugmentPreset::light},
              {"side_on", AugmentPreset::side_on},
              {"top_down", AugmentPreset::top_down},
              {"imagenet", AugmentPreset::imagenet},
              {"xray", AugmentPreset::xray}}),
      choice("data.augment.crop", identity, augment(&AugmentOptions::crop),
             {{"centre", CropKind::centre},
              {"random", CropKind::random},
              {"random_resized", CropKind::random_resized},
              {"presized", CropKind::presized}}),
      real("data.augment.crop_area_min", identity, augment(&AugmentOptions::crop_area, &Range::min),
           part),
      real("data.augment.crop_area_max", identity, augment(&AugmentOptions::crop_area, &Range::max),
           part),
      real("data.augment.crop_aspect_min", identity,
           augment(&AugmentOptions::crop_aspect, &Range::min), proportions),
      real("data.augment.crop_aspect_max", identity,
           augment(&AugmentOptions::crop_aspect, &Range::max), proportions),
      number("data.augment.crop_padding", identity, augment(&AugmentOptions::crop_padding), 0,
             1024),
      real("data.augment.eval_crop", identity, augment(&AugmentOptions::eval_crop), part),
      choice("data.augment.flip", identity, augment(&AugmentOptions::flip),
             {{"none", FlipKind::none},
              {"horizontal", FlipKind::horizontal},
              {"vertical", FlipKind::vertical},
              {"both", FlipKind::both},
              {"dihedral", FlipKind::dihedral}}),
      real("data.augment.shear", identity, augment(&AugmentOptions::shear), {0, 60, true, true}),
      real("data.augment.zoom_min", identity, augment(&AugmentOptions::zoom, &Range::min),
           magnification),
      real("data.augment.zoom_max", identity, augment(&AugmentOptions::zoom, &Range::max),
           magnification),
      real("data.augment.rotate", identity, augment(&AugmentOptions::rotate), {0, 180, true, true}),
      real("data.augment.translate", identity, augment(&AugmentOptions::translate), fraction),
      real("data.augment.warp", identity, augment(&AugmentOptions::warp), {0, 0.3, true, true}),
      real("data.augment.geometry_probability", identity,
           augment(&AugmentOptions::geometry_probability), fraction),
      choice("data.augment.border", identity, augment(&AugmentOptions::border),
             {{"black", Border::black}, {"edge", Border::edge}, {"reflect", Border::reflect}}),
      real("data.augment.brightness", identity, augment(&AugmentOptions::brightness), fraction),
      real("data.augment.contrast", identity, augment(&AugmentOptions::contrast), fraction),
      real("data.augment.saturation", identity, augment(&AugmentOptions::saturation), fraction),
      real("data.augment.hue", identity, augment(&AugmentOptions::hue), {0, 0.5, true, true}),
      real("data.augment.color_probability", identity, augment(&AugmentOptions::color_probability),
           fraction),
      real("data.augment.greyscale", identity, augment(&AugmentOptions::greyscale), fraction),
      choice("data.augment.policy", identity, augment(&AugmentOptions::policy),
             {{"none", AugmentPolicy::none},
              {"rand_augment", AugmentPolicy::rand_augment},
              {"trivial_augment", AugmentPolicy::trivial_augment}}),
      number("data.augment.rand_operations", identity, augment(&AugmentOptions::rand_operations), 1,
             14),
      number("data.augment.rand_magnitude", identity, augment(&AugmentOptions::rand_magnitude), 0,
             30),
      real("data.augment.erase", identity, augment(&AugmentOptions::erase), fraction),
      real("data.augment.erase_area_min", identity,
           augment(&AugmentOptions::erase_area, &Range::min), part),
      real("data.augment.erase_area_max", identity,
           augment(&AugmentOptions::erase_area, &Range::max), part),
      real("data.augment.erase_aspect_min", identity,
           augment(&AugmentOptions::erase_aspect, &Range::min), proportions),
      real("data.augment.erase_aspect_max", identity,
           augment(&AugmentOptions::erase_aspect, &Range::max), proportions),
      choice("data.augment.erase_fill", identity, augment(&AugmentOptions::erase_fill),
             {{"mean", EraseFill::mean}, {"noise", EraseFill::noise}}),
      real("data.augment.mixup", identity, augment(&AugmentOptions::mixup), mix_alpha),
      real("data.augment.cutmix", identity, augment(&AugmentOptions::cutmix), mix_alpha),
      real("data.augment.mix_probability", identity, augment(&AugmentOptions::mix_probability),
           fraction),
      number("data.workers", free, at(&Config::data, &DataOptions::workers), 0, 256),
      number("data.prefetch", free, at(&Config::data, &DataOptions::prefetch), 1, 1024),

      text("model.name", identity, at(&Config::model, &ModelOptions::name)),
      real("model.dropout", identity, at(&Config::model, &ModelOptions::dropout), below_one),
      choice("model.stem", identity, at(&Config::model, &ModelOptions::stem),
             {{"imagenet", Stem::imagenet}, {"small", Stem::small}}),

      number("train.epochs", identity, at(&Config::train, &TrainOptions::epochs), 1, 1'000'000),
      number("train.max_steps", free, at(&Config::train, &TrainOptions::max_steps), 0),
      number("train.batch", identity, at(&Config::train, &TrainOptions::batch), 1, 1 << 20),
      numbers("train.image_size", identity, at(&Config::train, &TrainOptions::image_size), 1, 8192),
      // Changed by --lanes alone, which knows what a restart must do then.
      number("train.lanes", free, at(&Config::train, &TrainOptions::lanes), 0, 1 << 16),
      choice("train.reduction", identity, at(&Config::train, &TrainOptions::reduction),
             {{"exact", ReductionKind::exact}, {"fast", ReductionKind::fast}}),
      resolved_from(
          "auto", choice("train.precision", identity, at(&Config::train, &TrainOptions::precision),
                         {{"auto", Precision::automatic},
                          {"fp32", Precision::fp32},
                          {"bf16", Precision::bf16}})),
      choice("train.device", free, at(&Config::train, &TrainOptions::device),
             {{"auto", "auto"}, {"cpu", "cpu"}, {"cuda", "cuda"}}),
      number("train.threads", free, at(&Config::train, &TrainOptions::threads), 0, 1024),

      choice("optimizer.name", identity, at(&Config::optimizer, &OptimizerOptions::name),
             {{"sgd", OptimizerKind::sgd},
              {"adam", OptimizerKind::adam},
              {"adamw", OptimizerKind::adamw}}),
      real("optimizer.lr", identity, at(&Config::optimizer, &OptimizerOptions::lr), positive),
      real("optimizer.lr_batch", identity, at(&Config::optimizer, &OptimizerOptions::lr_batch),
           positive),
      choice("optimizer.lr_scaling", identity,
             at(&Config::optimizer, &OptimizerOptions::lr_scaling),
             {{"linear", LrScaling::linear}, {"sqrt", LrScaling::sqrt}, {"none", LrScaling::none}}),
      real("optimizer.momentum", identity, at(&Config::optimizer, &OptimizerOptions::momentum),
           below_one),
      choice("optimizer.nesterov", identity, at(&Config::optimizer, &OptimizerOptions::nesterov),
             {{"false", false}, {"true", true}}),
      real("optimizer.beta1", identity, at(&Config::optimizer, &OptimizerOptions::beta1),
           below_one),
      real("optimizer.beta2", identity, at(&Config::optimizer, &OptimizerOptions::beta2),
           below_one),
      real("optimizer.epsilon", identity, at(&Config::optimizer, &OptimizerOptions::epsilon),
           positive),
      real("optimizer.weight_decay", identity,
           at(&Config::optimizer, &OptimizerOptions::weight_decay), not_negative),

      choice("schedule.name", identity, at(&Config::schedule, &ScheduleOptions::name),
             {{"constant", ScheduleKind::constant}, {"cosine", ScheduleKind::cosine}}),
      real("schedule.warmup_epochs", identity,
           at(&Config::schedule, &ScheduleOptions::warmup_epochs), not_negative),

      number("checkpoint.every_steps", free,
             at(&Config::checkpoint, &CheckpointOptions::every_steps), 0),
      number("checkpoint.every_epochs", free,
             at(&Config::checkpoint, &CheckpointOptions::every_epochs), 0),
      number("checkpoint.keep", free, at(&Config::checkpoint, &CheckpointOptions::keep), 0),
      choice("checkpoint.best", free, at(&Config::checkpoint, &CheckpointOptions::best),
             {{"valid/accuracy", "valid/accuracy"}, {"valid/loss", "valid/loss"}}),

      number("log.every_steps", free, at(&Config::log, &LogOptions::every_steps), 0),
  };
}

}  // namespace

const std::vector<ConfigField>& config_fields() {
  static const std::vector<ConfigField> fields = make_fields();
  return fields;
}

}  // namespace lockstep
