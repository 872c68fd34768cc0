#include "launcher/inspect.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kBarColumns = 24;
/// Classes that are listed for people; `--json` has all.
constexpr std::size_t kListedClasses = 40;

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < units.size(); ++unit) value /= 1024;
  return fmt::format("{:.{}f} {}", value, unit == 0 ? 0 : 1, units[unit]);
}

std::string range_text(std::uint32_t low, std::uint32_t high) {
  return low == high ? fmt::format("{}", low) : fmt::format("{}-{}", low, high);
}

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

/// Each class with its counts in all splits, and a bar for the first.
std::string classes_text(const Pack& pack, std::span<const SplitSummary> splits) {
  const std::vector<std::string>& classes = pack.classes();
  const std::size_t listed = std::min(classes.size(), kListedClasses);
  std::size_t width = 5;
  for (std::size_t i = 0; i < listed; ++i) width = std::max(width, classes[i].size());
  std::string text = fmt::format("\n{:<{}}", "class", width);
  for (const SplitSummary& split : splits) text += fmt::format("  {:>9}", split.name);
  text += "\n";
  const auto& first = splits.front().class_samples;
  const std::uint64_t most = *std::ranges::max_element(first);
  for (std::size_t i = 0; i < listed; ++i) {
    text += fmt::format("{:<{}}", classes[i], width);
    for (const SplitSummary& split : splits) text += fmt::format("  {:>9}", split.class_samples[i]);
    text += fmt::format("  {}\n", bar(first[i], most));
  }
  if (listed < classes.size()) {
    text += fmt::format("… and {} more; --json lists them\n", classes.size() - listed);
  }
  return text;
}

}  // namespace

nlohmann::ordered_json inspect_to_json(const Pack& pack, std::span<const SplitSummary> splits) {
  const PackManifest& manifest = pack.manifest();
  nlohmann::ordered_json by_split = nlohmann::ordered_json::object();
  for (const SplitSummary& split : splits) {
    by_split[split.name] = {{"samples", split.samples},
                            {"shards", split.shards},
                            {"image_bytes", split.image_bytes},
                            {"file_bytes", split.file_bytes},
                            {"height", {split.min_height, split.max_height}},
                            {"width", {split.min_width, split.max_width}},
                            {"class_samples", split.class_samples}};
  }
  return {{"fingerprint", manifest.fingerprint},
          {"encoding", name_of(manifest.encoding)},
          {"label_kind", name_of(manifest.label.kind)},
          {"channels", manifest.channels},
          {"mean", manifest.mean},
          {"std", manifest.std},
          {"options", manifest.options},
          {"classes", manifest.classes},
          {"splits", std::move(by_split)}};
}

std::string inspect_to_text(const Pack& pack, std::span<const SplitSummary> splits) {
  const PackManifest& manifest = pack.manifest();
  std::string text = fmt::format(
      "pack         {}\nfingerprint  {}\nimages       {}, {} channel{}\nmean         {}\n"
      "std          {}\nlabels       {}, {} classes\n\n",
      pack.directory().string(), pack.fingerprint(), name_of(pack.encoding()), pack.channels(),
      pack.channels() == 1 ? "" : "s", statistics_text(manifest.mean),
      statistics_text(manifest.std), name_of(pack.label_kind()), pack.classes().size());
  text += fmt::format("{:<8}  {:>9}  {:>6}  {:>10}  {:>11}  {:>11}\n", "split", "samples", "shards",
                      "size", "height", "width");
  for (const SplitSummary& split : splits) {
    text += fmt::format("{:<8}  {:>9}  {:>6}  {:>10}  {:>11}  {:>11}\n", split.name, split.samples,
                        split.shards, bytes_text(split.file_bytes),
                        range_text(split.min_height, split.max_height),
                        range_text(split.min_width, split.max_width));
  }
  return pack.classes().empty() ? text : text + classes_text(pack, splits);
}

ExitCode run_inspect(const InspectCommand& command) {
  const Pack pack(command.pack);
  const std::vector<SplitSummary> splits = summarize(pack);
  const std::string text =
      command.json ? inspect_to_json(pack, splits).dump(2) + "\n" : inspect_to_text(pack, splits);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::ok;
}

}  // namespace lockstep
