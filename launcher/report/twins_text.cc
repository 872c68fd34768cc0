#include "launcher/report/twins_text.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "core/error.h"
#include "launcher/report/label_text.h"

namespace lockstep {
namespace {

/// Twins of a kind that are named for people.
constexpr std::size_t kNamed = 20;

std::string sample_text(const Pack& pack, const TwinSample& sample) {
  const std::string label =
      label_text(pack.label_kind(), pack.label_names(), sample.label, sample.targets);
  return message("{} {} '{}'{}", pack.manifest().splits[sample.split].name, sample.id,
                 sample.source, label.empty() ? "" : fmt::format(" [{}]", label));
}

/// Two lines for each pair: names may be long.
std::string lines(const Pack& pack, std::span<const Twins> twins) {
  std::string text;
  for (const Twins& pair : twins.first(std::min(twins.size(), kNamed))) {
    const std::string how =
        pair.likeness == Likeness::exact ? "exact" : fmt::format("{:.4f}", pair.similarity);
    text += fmt::format("  {:<10} {}\n           = {}\n", how, sample_text(pack, pair.second),
                        sample_text(pack, pair.first));
  }
  if (twins.size() > kNamed) {
    text += fmt::format("  … and {} more; --json lists them\n", twins.size() - kNamed);
  }
  return text;
}

std::string counts(std::span<const Twins> twins, DuplicateSearch::Depth depth) {
  const auto exact = std::ranges::count(twins, Likeness::exact, &Twins::likeness);
  if (depth == DuplicateSearch::Depth::exact) return fmt::format("{} exact", exact);
  return fmt::format("{} exact, {} near", exact, twins.size() - static_cast<std::size_t>(exact));
}

}  // namespace

std::string duplicates_text(const Pack& pack, DuplicateSearch::Depth depth,
                            const DuplicateReport& report) {
  const bool near = depth == DuplicateSearch::Depth::near;
  std::string text;
  if (pack.manifest().splits.size() > 1) {
    text += report.leaks.empty()
                ? std::string("leaks        none: no image is in two splits\n")
                : fmt::format("leaks        {}: images that are in an earlier split too\n",
                              counts(report.leaks, depth)) +
                      lines(pack, report.leaks);
  }
  std::vector<Twins> conflicts;
  for (const std::vector<Twins>* list : {&report.leaks, &report.repeats}) {
    std::ranges::copy_if(*list, std::back_inserter(conflicts), &Twins::labels_differ);
  }
  if (!conflicts.empty()) {
    text += fmt::format("conflicts    {}: the same image with different labels\n",
                        counts(conflicts, depth)) +
            lines(pack, conflicts);
  }
  if (report.repeats.empty()) {
    text += "duplicates   none: no image is twice in a split\n";
  } else {
    std::vector<Twins> agreeing = report.repeats;
    std::erase_if(agreeing, [](const Twins& twins) { return twins.labels_differ(); });
    const std::size_t told = report.repeats.size() - agreeing.size();
    text += fmt::format("duplicates   {}: within a split{}\n", counts(report.repeats, depth),
                        told > 0 ? fmt::format(", {} of them conflicts", told) : "") +
            lines(pack, agreeing);
  }
  if (!near) text += "             (equal bytes only: no image was decoded)\n";
  if (report.flat_images > 0) {
    text += fmt::format("             ({} image{} of nearly one colour: compared by bytes only)\n",
                        report.flat_images, report.flat_images == 1 ? " is" : "s are");
  }
  return text;
}

}  // namespace lockstep
