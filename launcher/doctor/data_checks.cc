#include "launcher/doctor/data_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "launcher/doctor/label_checks.h"
#include "launcher/doctor/shift.h"
#include "launcher/doctor/small_pictures.h"
#include "sharding/survey/duplicates.h"

namespace lockstep {
namespace {

/// Images of a split that are looked at.
constexpr std::uint64_t kPictures = 2000;
/// More are compared by their bytes alone.
constexpr std::uint64_t kComparedByEye = 100'000;

Finding finding(std::string name, Verdict verdict, std::string why, std::string remedy) {
  return {CheckedPart::data, std::move(name), verdict, std::move(why), std::move(remedy)};
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

Finding check_damage(const std::vector<std::string>& damage, std::uint64_t looked_at) {
  return finding("broken images", verdict_of(!damage.empty(), false),
                 damage.empty() ? fmt::format("none of {}", looked_at)
                                : fmt::format("{}, such as {}", damage.size(), damage.front()),
                 "`lockstep verify PACK` names all; copy the pack again, or pack the images anew");
}

Finding check_constant(const SmallPictures& train) {
  constexpr int kFlat = 2;  // of 255
  std::uint64_t flat = 0;
  for (std::size_t i = 0; i < train.count; ++i) {
    const auto [least, most] = std::ranges::minmax(train.picture(i));
    if (most - least <= kFlat) ++flat;
  }
  return finding("constant images", verdict_of(percent(flat, train.count) >= 5, flat > 0),
                 fmt::format("{} of {} are of one colour", flat, train.count),
                 "nothing can be learned of them: look at them (`lockstep inspect PACK --grid "
                 "OUT.png`), and leave them out");
}

/// Of all pixels of all channels.
struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments normalised_moments(const SmallPictures& pictures, const CheckedData& data) {
  const auto channels = static_cast<std::size_t>(pictures.channels);
  const auto of = [](const std::vector<float>& values, std::size_t channel) {
    return double{values[values.size() == 1 ? 0 : channel % values.size()]};
  };
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < pictures.pixels.size(); ++i) {
    const std::size_t channel = i % channels;
    const double value =
        (pictures.pixels[i] / 255.0 - of(data.mean, channel)) / of(data.std, channel);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / static_cast<double>(pictures.pixels.size());
  const double variance = squares / static_cast<double>(pictures.pixels.size()) - mean * mean;
  return {mean, std::sqrt(std::max(variance, 0.0))};
}

Finding check_normalisation(const SmallPictures& train, const CheckedData& data) {
  const auto [mean, deviation] = normalised_moments(train, data);
  const bool warns = std::abs(mean) > 1 || deviation < 0.2 || deviation > 3;
  const bool fails = std::abs(mean) > 10 || deviation < 0.02 || deviation > 30;
  return finding(
      "normalisation", verdict_of(fails, warns),
      fmt::format("pixels have a mean of {:.3g} and a deviation of {:.3g}", mean, deviation),
      "about 0 and 1 are learned from best: leave data.normalise=pack, and data.mean "
      "and data.std unset (white is 1 there, not 255)");
}

Finding check_shift(const SmallPictures& train, const SmallPictures& valid) {
  constexpr double kNotable = 0.7, kOther = 0.9;
  const double area = shift_between(train, valid);
  return finding("shift", verdict_of(area > kOther, area > kNotable),
                 fmt::format("a small classifier tells validation from training images with an ROC "
                             "area of {:.2f}",
                             area),
                 "the splits are of different kinds, so the validation says little of training or "
                 "of use: look at both, or split anew at random (lockstep pack --valid-fraction)");
}

Findings check_pictures(const CheckedData& data, const Progress& progress) {
  const int channels = data.pack.channels();
  const SmallPictures train = draw_small_pictures(data.train, channels, kPictures, progress);
  std::vector<std::string> damage = train.damage;
  std::uint64_t looked_at = train.looked_at;
  SmallPictures valid;
  if (data.valid) {
    valid = draw_small_pictures(data.valid, channels, kPictures, progress);
    damage.insert(damage.end(), valid.damage.begin(), valid.damage.end());
    looked_at += valid.looked_at;
  }
  Findings all = {check_damage(damage, looked_at)};
  if (train.count == 0) return all;
  all.push_back(check_constant(train));
  all.push_back(check_normalisation(train, data));
  if (data.valid) all.push_back(check_shift(train, valid));
  return all;
}

std::string twins_text(const Twins& twins) {
  return fmt::format("{} = {}", twins.second.source, twins.first.source);
}

Finding check_leaks(const Pack& pack, const DuplicateReport& report) {
  std::uint64_t later = 0;  // samples of the splits after the first
  const std::vector<SplitInfo>& splits = pack.manifest().splits;
  for (std::size_t i = 1; i < splits.size(); ++i) later += splits[i].samples;
  std::vector<const Twins*> exact, near;
  for (const Twins& twins : report.leaks) {
    (twins.likeness == Likeness::exact ? exact : near).push_back(&twins);
  }
  std::string why;
  const auto add = [&](const std::vector<const Twins*>& leaks, const char* what) {
    if (leaks.empty()) return;
    why +=
        fmt::format("{}{} images ({:.3g} %) of a split {}: {}", why.empty() ? "" : "; ",
                    leaks.size(), percent(leaks.size(), later), what, twins_text(*leaks.front()));
  };
  add(exact, "are in another too");
  add(near, "look like one in another, but for size, brightness and colour");
  return finding("leaks", verdict_of(percent(exact.size(), later) >= 1, !report.leaks.empty()),
                 why.empty() ? "no image is in two splits" : std::move(why),
                 "the validation is too good by them: `lockstep inspect PACK --json` lists them; "
                 "keep what belongs together in one split (lockstep pack --group-regex)");
}

Finding check_conflicts(const Pack& pack, const DuplicateReport& report) {
  std::uint64_t samples = 0;
  for (const SplitInfo& split : pack.manifest().splits) samples += split.samples;
  std::vector<const Twins*> conflicts;
  for (const std::vector<Twins>* const list : {&report.repeats, &report.leaks}) {
    for (const Twins& twins : *list) {
      if (twins.likeness == Likeness::exact && twins.labels_differ()) conflicts.push_back(&twins);
    }
  }
  const double part = percent(conflicts.size(), samples);
  return finding("contradicting labels", verdict_of(part >= 1, !conflicts.empty()),
                 conflicts.empty()
                     ? "no image is there twice with different labels"
                     : fmt::format("{} images ({:.3g} %) have the bytes of another and its label "
                                   "not: {}",
                                   conflicts.size(), part, twins_text(*conflicts.front())),
                 "no network can learn both: correct the labels (`lockstep inspect PACK --json` "
                 "lists them), or make it a task of several labels");
}

Findings check_duplicates(const Pack& pack, bool may_decode, const Progress& progress) {
  using Depth = DuplicateSearch::Depth;
  std::uint64_t samples = 0;
  for (const SplitInfo& split : pack.manifest().splits) samples += split.samples;
  const bool by_eye = may_decode && samples <= kComparedByEye;
  try {
    const DuplicateReport report = find_duplicates(
        pack, {.depth = by_eye ? Depth::near : Depth::exact, .jobs = 0, .progress = progress});
    return {check_leaks(pack, report), check_conflicts(pack, report)};
  } catch (const Error& error) {
    if (error.code() != ExitCode::data) throw;
    return {check_damage({error.what()}, samples)};
  }
}

}  // namespace

CheckedData data_of(const Pack& pack) {
  const PackManifest& manifest = pack.manifest();
  const auto split = [&](const char* name, std::size_t number) -> std::shared_ptr<const Dataset> {
    if (manifest.find(name) != nullptr) return pack.split(name);
    return number < manifest.splits.size() ? pack.split(manifest.splits[number].name) : nullptr;
  };
  CheckedData data{.pack = pack,
                   .names = pack.label_names(),
                   .train = split("train", 0),
                   .valid = split("valid", 1),
                   .mean = pack.mean(),
                   .std = pack.std()};
  check(data.train != nullptr, ExitCode::data, "pack '{}' has no samples", pack.directory());
  return data;
}

Findings check_data(const CheckedData& data, const Progress& progress) {
  Findings all;
  if (!data.pack.features()) all = check_pictures(data, progress);
  const bool is_whole = all.empty() || all.front().verdict == Verdict::pass;
  Findings twins = check_duplicates(data.pack, is_whole && !data.pack.features(), progress);
  if (is_whole && twins.front().name == "broken images" && !all.empty()) {
    all.front() = twins.front();  // of all images, where the first look was at some
    twins.clear();
  }
  all.insert(all.end(), twins.begin(), twins.end());
  all.push_back(check_labels(*data.train, data.names, data.balance));
  return all;
}

}  // namespace lockstep
