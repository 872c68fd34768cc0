#include "launcher/report/inspect_grid.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/file.h"
#include "imaging/chart/printable_ascii.h"
#include "imaging/codec/encode.h"
#include "launcher/report/label_text.h"
#include "launcher/report/picture_maker.h"
#include "sharding/feed/epoch_order.h"

namespace lockstep {
namespace {

constexpr std::size_t kRows = 24;
constexpr std::size_t kColumns = 8;
constexpr std::size_t kRowsWithoutClasses = 6;
constexpr int kCellSide = 96;
/// More numbers do not fit below a picture.
constexpr std::size_t kNamedTargets = 3;

/// `count` different numbers below `n`, or all.
std::vector<std::uint64_t> draw(std::uint64_t n, std::size_t count, std::uint64_t seed,
                                std::uint64_t stream) {
  std::vector<std::uint64_t> drawn;
  const EpochOrder order(n, seed, stream);
  for (std::uint64_t k = 0; k < std::min<std::uint64_t>(n, count); ++k) drawn.push_back(order[k]);
  return drawn;
}

/// For each of `classes` (of `class_samples`, none empty) the ids of some of its samples.
std::map<std::size_t, std::vector<std::uint64_t>> draw_by_class(
    const PackSplit& split, std::span<const std::uint64_t> class_samples,
    std::span<const std::size_t> classes, std::uint64_t seed) {
  std::map<std::size_t, std::map<std::uint64_t, std::uint64_t*>> wanted;  // class, rank: where to
  std::map<std::size_t, std::vector<std::uint64_t>> ids;
  for (const std::size_t number : classes) {
    const auto ranks = draw(class_samples[number], kColumns, seed, number);
    ids[number].resize(ranks.size());
    for (std::size_t i = 0; i < ranks.size(); ++i) wanted[number][ranks[i]] = &ids[number][i];
  }
  std::vector<std::uint64_t> seen(class_samples.size());
  split.visit_index([&](std::uint64_t id, const Sample& sample) {
    const auto number = static_cast<std::size_t>(sample.label);
    const std::uint64_t rank = seen[number]++;
    const auto of_class = wanted.find(number);
    if (of_class == wanted.end()) return;
    if (const auto place = of_class->second.find(rank); place != of_class->second.end()) {
      *place->second = id;
    }
  });
  return ids;
}

/// At most kRows of the classes that have samples, evenly spread.
std::vector<std::size_t> choose_classes(std::span<const std::uint64_t> class_samples) {
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < class_samples.size(); ++i) {
    if (class_samples[i] > 0) present.push_back(i);
  }
  const std::size_t rows = std::min(present.size(), kRows);
  std::vector<std::size_t> chosen;
  for (std::size_t row = 0; row < rows; ++row)
    chosen.push_back(present[row * present.size() / rows]);
  return chosen;
}

void add_class_rows(ContactSheet& sheet, const Pack& pack, const PackSplit& split,
                    const SplitSummary& summary, std::uint64_t seed) {
  const std::vector<std::size_t> classes = choose_classes(summary.class_samples);
  PictureMaker pictures(split, pack.channels(), kCellSide);
  for (const auto& [number, ids] : draw_by_class(split, summary.class_samples, classes, seed)) {
    const std::uint64_t samples = summary.class_samples[number];
    ContactSheet::Row row{.label = drawable_class(pack.classes()[number], number),
                          .note = fmt::format("{} image{}", samples, samples == 1 ? "" : "s"),
                          .cells = {}};
    for (const std::uint64_t id : ids) row.cells.push_back({pictures.make(id), ""});
    sheet.rows.push_back(std::move(row));
  }
  sheet.title +=
      classes.size() < summary.class_samples.size()
          ? fmt::format(", {} of {} classes", classes.size(), summary.class_samples.size())
          : fmt::format(", {} classes", classes.size());
}

/// Names do not fit below a picture beside their numbers: the title has them.
std::string caption_of(const Pack& pack, const Sample& sample) {
  if (pack.label_kind() != LabelKind::float32) {
    return label_text(pack.label_kind(), pack.label_names(), sample.label, sample.targets);
  }
  return fmt::format("{:.4g}", fmt::join(sample.targets, ", "));
}

/// ", by age"; of several ", by age; below: age, body mass".
std::string targets_title(const std::vector<std::string>& names) {
  std::string title = fmt::format(", by {}", names.front());
  if (names.size() == 1) return title;
  const auto listed = std::span(names).first(std::min(names.size(), kNamedTargets));
  title += fmt::format("; below: {}", fmt::join(listed, ", "));
  return names.size() > listed.size() ? title + ", .." : title;
}

void add_labelled_rows(ContactSheet& sheet, const Pack& pack, const PackSplit& split,
                       std::uint64_t seed) {
  struct Chosen {
    float target = 0;
    ContactSheet::Cell cell;
  };
  std::vector<Chosen> chosen;
  PictureMaker pictures(split, pack.channels(), kCellSide);
  for (const std::uint64_t id : draw(split.size(), kRowsWithoutClasses * kColumns, seed, 0)) {
    Image picture = pictures.make(id);
    const Sample& sample = pictures.sample();
    chosen.push_back({.target = sample.targets.empty() ? 0 : sample.targets.front(),
                      .cell = {std::move(picture), caption_of(pack, sample)}});
  }
  if (pack.label_kind() == LabelKind::float32) {
    std::ranges::stable_sort(chosen, {}, &Chosen::target);
    sheet.title += targets_title(pack.label_names());
  }
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (i % kColumns == 0) sheet.rows.emplace_back();
    sheet.rows.back().cells.push_back(std::move(chosen[i].cell));
  }
}

}  // namespace

std::string drawable_class(const std::string& name, std::size_t number) {
  const std::string shown = printable_ascii(name);
  const bool legible = std::ranges::any_of(shown, [](char c) { return c != '?' && c != ' '; });
  return legible ? shown : fmt::format("class {}", number);
}

ContactSheet pack_sheet(const Pack& pack, std::span<const SplitSummary> splits,
                        std::uint64_t seed) {
  const SplitSummary& first = splits.front();
  const std::shared_ptr<const PackSplit> split = pack.split(first.name);
  std::filesystem::path directory = pack.directory().lexically_normal();
  if (!directory.has_filename()) directory = directory.parent_path();
  ContactSheet sheet{.title = fmt::format("{}, {}: {} image{}", directory.filename().string(),
                                          first.name, first.samples, first.samples == 1 ? "" : "s"),
                     .cell_side = kCellSide,
                     .headings = {},
                     .rows = {}};
  if (first.class_samples.empty()) {
    add_labelled_rows(sheet, pack, *split, seed);
  } else {
    add_class_rows(sheet, pack, *split, first, seed);
  }
  return sheet;
}

void write_png(const std::filesystem::path& path, const Image& image) {
  const std::vector<std::byte> png = encode_png(image.view());
  replace_file(path, {reinterpret_cast<const char*>(png.data()), png.size()});
}

}  // namespace lockstep
