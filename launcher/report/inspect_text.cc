#include "launcher/report/inspect_text.h"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "core/error.h"
#include "launcher/report/bytes_text.h"
#include "launcher/report/twins_text.h"
#include "sharding/survey/class_balance.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kBarColumns = 24;
/// Classes that are listed for people; `--json` has all.
constexpr std::size_t kListedClasses = 40;
/// Of more classes, how many of the largest and of the smallest are listed.
constexpr std::size_t kListedEnd = 15;
constexpr std::size_t kMostNameColumns = 32;

std::string statistics_text(std::span<const double> values) {
  std::string text;
  for (const double value : values) text += fmt::format("{}{:.4f}", text.empty() ? "" : " ", value);
  return text;
}

std::string bar(std::uint64_t count, std::uint64_t most) {
  const std::uint64_t columns = most == 0 ? 0 : (count * kBarColumns + most - 1) / most;
  std::string text;
  for (std::uint64_t i = 0; i < columns; ++i) text += "█";
  return text;
}

/// A column for each part, as high as its count.
std::string histogram_text(std::span<const std::uint64_t> counts) {
  constexpr std::array levels{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const std::uint64_t most = std::max<std::uint64_t>(1, std::ranges::max(counts));
  std::string text;
  for (const std::uint64_t count : counts) {
    text += count == 0 ? " " : levels[(count * levels.size() - 1) / most];
  }
  return text;
}

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return !is_continuation(byte); }));
}

/// `name`, printable and in at most kMostNameColumns columns.
std::string shortened(const std::string& name) {
  const std::string text = printable(name);
  if (columns_of(text) <= kMostNameColumns) return text;
  std::size_t end = 0;
  for (std::size_t columns = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && columns++ == kMostNameColumns - 1) break;
  }
  return text.substr(0, end) + "…";
}

/// `text`, and blanks up to `columns`.
std::string padded(const std::string& text, std::size_t columns) {
  return text + std::string(columns - std::min(columns, columns_of(text)), ' ');
}

// ---- the pack and its splits

std::string labels_text(const Pack& pack) {
  const std::size_t width = pack.manifest().label.width;
  switch (pack.label_kind()) {
    case LabelKind::none:
      return "none";
    case LabelKind::int64:
      return fmt::format("{} classes", pack.classes().size());
    case LabelKind::float32:
      return fmt::format("{} target{}", width, width == 1 ? "" : "s");
    case LabelKind::uint8:
      return fmt::format("{} flag{}", width, width == 1 ? "" : "s");
  }
  return {};
}

/// What a sample is.
std::string samples_text(const Pack& pack) {
  const std::string channels =
      fmt::format("{} channel{}", pack.channels(), pack.channels() == 1 ? "" : "s");
  if (!pack.features())
    return fmt::format("images       {}, {}", name_of(pack.encoding()), channels);
  const FeatureInfo& features = *pack.features();
  return message("features     {} numbers, {} of {}\nmade of      images of {}x{} pixels, {}{}",
                 features.count,
                 features.layer == kHeadInput ? "which the head takes,"
                                              : fmt::format("by layer '{}'", features.layer),
                 features.network, features.width, features.height, channels,
                 features.views > 0 ? fmt::format(", {} augmented view{} of each to train on",
                                                  features.views, features.views == 1 ? "" : "s")
                                    : "");
}

std::string pack_text(const Pack& pack, std::span<const SplitSummary> splits) {
  const PackManifest& manifest = pack.manifest();
  std::string text = fmt::format(
      "pack         {}\nfingerprint  {}\n{}\nmean         {}\nstd          {}\n"
      "labels       {}\n\n",
      printable(pack.directory().string()), pack.fingerprint(), samples_text(pack),
      statistics_text(manifest.mean), statistics_text(manifest.std), labels_text(pack));
  text += fmt::format("{:<12} {:>9}  {:>6}  {:>10}\n", "split", "samples", "shards", "size");
  for (const SplitSummary& split : splits) {
    text += fmt::format("{:<12} {:>9}  {:>6}  {:>10}\n", printable(split.name), split.samples,
                        split.shards, bytes_text(split.file_bytes));
  }
  return text;
}

// ---- sizes

std::string quartiles_text(const Distribution& values, int digits) {
  return fmt::format("{:>8.{}f} {:>8.{}f} {:>8.{}f} {:>8.{}f} {:>8.{}f}", values.min, digits,
                     values.lower_quartile, digits, values.median, digits, values.upper_quartile,
                     digits, values.max, digits);
}

bool is_constant(const Distribution& values) { return values.min == values.max; }

std::string advice_text(const Distribution& shorter) {
  const int size = advised_image_size(shorter);
  std::string reason;
  if (is_constant(shorter) && size == static_cast<int>(shorter.max)) {
    reason = "the shorter side of every image";
  } else if (size > shorter.lower_quartile) {
    reason =
        fmt::format("most images are small (median of the shorter side {:.0f})", shorter.median);
  } else {
    reason =
        fmt::format("three quarters have a shorter side of at least {:.0f}, so few are enlarged",
                    shorter.lower_quartile);
    if (shorter.lower_quartile >= 2.0 * size) reason += "; more would cost time, and helps details";
  }
  return fmt::format("train at     data.image_size: {} ({})\n", size, reason);
}

std::string sizes_text(std::span<const SplitSummary> splits) {
  const SplitSummary& first = splits.front();
  const bool same = std::ranges::all_of(splits, [&](const SplitSummary& split) {
    return is_constant(split.height) && is_constant(split.width) &&
           split.height.min == first.height.min && split.width.min == first.width.min;
  });
  std::string text;
  if (same) {
    text = fmt::format("\nsize         all images are {:.0f} x {:.0f} pixels (width x height)\n",
                       first.width.min, first.height.min);
  } else {
    for (const SplitSummary& split : splits) {
      text += fmt::format("\n{:<12} {:>8} {:>8} {:>8} {:>8} {:>8}\n", printable(split.name), "min",
                          "25 %", "median", "75 %", "max");
      text += fmt::format("height       {}\n", quartiles_text(split.height, 0));
      text += fmt::format("width        {}\n", quartiles_text(split.width, 0));
      text += fmt::format("shorter side {}\n", quartiles_text(split.shorter_side, 0));
      text += fmt::format("width/height {}\n", quartiles_text(split.aspect_ratio, 2));
    }
  }
  return text + advice_text(first.shorter_side);
}

// ---- labels

/// Names with their counts in all splits, and a bar for the first.
class CountTable {
 public:
  using Counts = std::vector<std::uint64_t> SplitSummary::*;

  CountTable(const std::vector<std::string>& names, std::span<const SplitSummary> splits,
             Counts counts)
      : names_(names), splits_(splits), counts_(counts) {}

  std::string text(const char* heading) const {
    const std::vector<std::uint64_t>& first = splits_.front().*counts_;
    std::vector<std::size_t> order(names_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool all = order.size() <= kListedClasses;
    if (!all) {
      std::ranges::stable_sort(order, std::ranges::greater{},
                               [&](std::size_t i) { return first[i]; });
    }
    const std::size_t hidden = all ? 0 : order.size() - 2 * kListedEnd;
    std::size_t width = 12;
    for (const std::size_t i : order) width = std::max(width, columns_of(shortened(names_[i])));

    std::string text = fmt::format("\n{}", padded(heading, width));
    for (const SplitSummary& split : splits_) text += fmt::format(" {:>9}", printable(split.name));
    text += "\n";
    const std::uint64_t most = std::ranges::max(first);
    for (std::size_t line = 0; line < order.size(); ++line) {
      if (hidden > 0 && line == kListedEnd) {
        text += fmt::format("… {} between; --json lists them\n", hidden);
        line += hidden;
      }
      const std::size_t i = order[line];
      text += padded(shortened(names_[i]), width);
      for (const SplitSummary& split : splits_) text += fmt::format(" {:>9}", (split.*counts_)[i]);
      text += fmt::format("  {}\n", bar(first[i], most));
    }
    return text;
  }

 private:
  const std::vector<std::string>& names_;
  std::span<const SplitSummary> splits_;
  Counts counts_;
};

std::string balance_text(const Pack& pack, const SplitSummary& split) {
  const std::vector<std::string>& classes = pack.classes();
  const ClassBalance balance = class_balance(split.class_samples);
  if (classes.size() < 2) return {};
  if (balance.ratio == 1 && balance.empty == 0)
    return "balance      all classes are equally large\n";
  std::string text = message(
      "balance      {:.1f} to 1, largest '{}' to smallest '{}'; as {:.1f} classes of equal size\n",
      balance.ratio, classes[balance.largest], classes[balance.smallest],
      balance.effective_classes);
  if (balance.empty > 0) {
    text += message("             {} class{} no image in '{}'\n", balance.empty,
                    balance.empty == 1 ? " has" : "es have", split.name);
  }
  if (balance.ratio >= kLargeImbalance) {
    text +=
        "             rare classes: data.balance: oversample shows them more often, weights lets "
        "them count more\n";
  }
  return text;
}

std::string targets_text(const Pack& pack, std::span<const SplitSummary> splits) {
  const std::vector<std::string> names = pack.label_names();
  std::string text;
  for (std::size_t i = 0; i < splits.front().targets.size(); ++i) {
    text += fmt::format("\n{} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
                        padded(shortened(names[i]), 12), "mean", "std", "min", "25 %", "median",
                        "75 %", "max");
    for (const SplitSummary& split : splits) {
      const Distribution& values = split.targets[i];
      text += fmt::format(
          "{:<12} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g} {:>10.4g}  {}\n",
          printable(split.name), values.mean, values.std, values.min, values.lower_quartile,
          values.median, values.upper_quartile, values.max, histogram_text(values.histogram));
      if (values.count < split.samples) {
        text += message("             {} of '{}' are not finite numbers\n",
                        split.samples - values.count, split.name);
      }
    }
  }
  return text;
}

std::string labels_section(const Pack& pack, std::span<const SplitSummary> splits) {
  if (!splits.front().class_samples.empty()) {
    return CountTable(pack.classes(), splits, &SplitSummary::class_samples).text("class") +
           balance_text(pack, splits.front());
  }
  if (!splits.front().flag_samples.empty()) {
    const std::vector<std::string> names = pack.label_names();
    return CountTable(names, splits, &SplitSummary::flag_samples).text("set in");
  }
  return targets_text(pack, splits);
}

}  // namespace

std::string report_to_text(const Pack& pack, const PackReport& report) {
  return pack_text(pack, report.splits) + (pack.features() ? "" : sizes_text(report.splits)) +
         labels_section(pack, report.splits) + "\n" +
         duplicates_text(pack, report.depth, report.duplicates);
}

}  // namespace lockstep
