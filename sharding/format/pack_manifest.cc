#include "sharding/format/pack_manifest.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <nlohmann/json.hpp>

#include "core/checked.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "imaging/codec/decode.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kNoFingerprint = "00000000000000000000000000000000";
constexpr std::uint32_t kMaxLabelWidth = 1u << 16;

// ---- structs to JSON

Json to_json(const DatasetExtent& extent) {
  return {{"address", extent.address}, {"size", extent.size}};
}

Json to_json(const ShardInfo& shard) {
  return {{"file", shard.file},
          {"size", shard.size},
          {"hash", shard.hash},
          {"samples", shard.samples},
          {"bytes", to_json(shard.bytes)},
          {"index", to_json(shard.index)},
          {"index_hash", shard.index_hash},
          {"structure_hash", shard.structure_hash}};
}

Json to_json(const FeatureInfo& features) {
  return {{"count", features.count},     {"layer", features.layer},   {"network", features.network},
          {"weights", features.weights}, {"height", features.height}, {"width", features.width},
          {"views", features.views}};
}

Json to_json(const PackManifest& manifest) {
  Json splits = Json::object();
  for (const SplitInfo& split : manifest.splits) {
    Json shards = Json::array();
    for (const ShardInfo& shard : split.shards) shards.push_back(to_json(shard));
    splits[split.name] = {{"samples", split.samples}, {"shards", std::move(shards)}};
  }
  Json json{{"format", kPackFormat},
            {"version", kPackVersion},
            {"fingerprint", kNoFingerprint},
            {"encoding", name_of(manifest.encoding)},
            {"label_kind", name_of(manifest.label.kind)},
            {"label_width", manifest.label.width},
            {"classes", manifest.classes}};
  if (!manifest.label_names.empty()) json["label_names"] = manifest.label_names;
  if (manifest.features) json["features"] = to_json(*manifest.features);
  json["channels"] = manifest.channels;
  json["mean"] = manifest.mean;
  json["std"] = manifest.std;
  json["options"] = manifest.options;
  json["input_digest"] = manifest.input_digest;
  json["rejected"] = manifest.rejected;
  json["splits"] = std::move(splits);
  return json;
}

// ---- JSON to structs: every number is checked

using Fields = JsonFields<Json>;

std::string digest(const Fields& json, std::string_view key) {
  std::string text = json.text(key);
  check(text.size() == kNoFingerprint.size() &&
            text.find_first_not_of("0123456789abcdef") == std::string::npos,
        ExitCode::data, "'{}' is '{}', not a digest", key, text);
  return text;
}

DatasetExtent parse_extent(const Fields& json, std::uint64_t file_size) {
  DatasetExtent extent{json.integer<std::uint64_t>("address"),
                       json.integer<std::uint64_t>("size", 1)};
  check(checked_add(extent.address, extent.size, "a dataset's end") <= file_size, ExitCode::data,
        "a dataset reaches beyond the end of its file");
  return extent;
}

ShardInfo parse_shard(const Fields& json, const std::string& file, const LabelType& label) {
  ShardInfo shard;
  shard.file = json.text("file");
  check(shard.file == file, ExitCode::data, "shard '{}' should be '{}'", shard.file, file);
  shard.size = json.integer<std::uint64_t>("size");
  shard.hash = digest(json, "hash");
  shard.samples = json.integer<std::uint64_t>("samples", 1);
  shard.bytes = parse_extent(json.object("bytes"), shard.size);
  shard.index = parse_extent(json.object("index"), shard.size);
  shard.index_hash = digest(json, "index_hash");
  shard.structure_hash = digest(json, "structure_hash");
  const auto index_size =
      checked_mul<std::uint64_t>(shard.samples, label.record_bytes(), "the size of /index");
  check(shard.index.size == index_size, ExitCode::data,
        "/index of '{}' has {} bytes, and not {} for {} samples", file, shard.index.size,
        index_size, shard.samples);
  const auto& [first, second] = std::minmax(
      shard.bytes, shard.index,
      [](const DatasetExtent& a, const DatasetExtent& b) { return a.address < b.address; });
  check(first.address + first.size <= second.address, ExitCode::data,
        "/bytes and /index of '{}' overlap", file);
  return shard;
}

SplitInfo parse_split(const std::string& name, const Fields& json, const LabelType& label) {
  check(!name.empty() && name.find_first_of("/.") == std::string::npos, ExitCode::data,
        "'{}' cannot be the name of a split", name);
  SplitInfo split{.name = name, .samples = json.integer<std::uint64_t>("samples", 1), .shards = {}};
  std::uint64_t samples = 0;
  for (const Fields& shard : json.objects("shards")) {
    split.shards.push_back(parse_shard(shard, shard_file_name(name, split.shards.size()), label));
    samples = checked_add(samples, split.shards.back().samples, "the number of samples");
  }
  check(samples == split.samples, ExitCode::data, "split '{}' has {} samples, its shards have {}",
        name, split.samples, samples);
  return split;
}

void check_statistics(const PackManifest& manifest) {
  check(manifest.channels == 1 || manifest.channels == 3, ExitCode::data, "'channels' is {}",
        manifest.channels);
  const auto channels = static_cast<std::size_t>(manifest.channels);
  check(manifest.mean.size() == channels && manifest.std.size() == channels, ExitCode::data,
        "'mean' and 'std' need {} numbers each", channels);
  const auto good = [](double value) { return std::isfinite(value) && value >= 0; };
  check(std::ranges::all_of(manifest.mean, good) && std::ranges::all_of(manifest.std, good) &&
            !std::ranges::count(manifest.std, 0.0),
        ExitCode::data, "'mean' or 'std' is impossible");
}

FeatureInfo parse_features(const Fields& json) {
  FeatureInfo features;
  features.count = json.integer<std::uint32_t>("count", 1, kMostFeatures);
  features.layer = json.text("layer");
  features.network = json.text("network");
  features.weights = digest(json, "weights");
  features.height = json.integer<std::uint32_t>("height", 1, kMaxImageSide);
  features.width = json.integer<std::uint32_t>("width", 1, kMaxImageSide);
  features.views = json.integer<std::uint32_t>("views");
  return features;
}

/// What its labels are, and what they are called.
void parse_labels(const Fields& json, PackManifest& manifest) {
  manifest.label.kind =
      parse_name<LabelKind>(json.text("label_kind"), "label kind", ExitCode::data);
  manifest.label.width = json.integer<std::uint32_t>(
      "label_width", manifest.label.has_targets() ? 1 : 0, kMaxLabelWidth);
  manifest.classes = json.texts("classes");
  check(manifest.classes.empty() == (manifest.label.kind != LabelKind::int64), ExitCode::data,
        "'classes' does not fit labels of kind {}", name_of(manifest.label.kind));
  if (!json.has("label_names")) return;
  manifest.label_names = json.texts("label_names");
  check(manifest.label.has_targets() && manifest.label_names.size() == manifest.label.width,
        ExitCode::data, "'label_names' has {} names, which does not fit {} labels of kind {}",
        manifest.label_names.size(), manifest.label.width, name_of(manifest.label.kind));
  const std::set<std::string_view> names(manifest.label_names.begin(), manifest.label_names.end());
  check(names.size() == manifest.label_names.size() && !names.contains(""), ExitCode::data,
        "a name in 'label_names' is empty, or is there twice");
}

PackManifest parse_manifest(const Fields& json) {
  check(json.at("version") == kPackVersion, ExitCode::data,
        "it has version {}, this lockstep reads version {}", json.at("version").dump(),
        kPackVersion);
  PackManifest manifest;
  manifest.fingerprint = digest(json, "fingerprint");
  manifest.encoding = parse_name<Encoding>(json.text("encoding"), "encoding", ExitCode::data);
  parse_labels(json, manifest);
  if (manifest.encoding == Encoding::features) {
    manifest.features = parse_features(json.object("features"));
  }
  manifest.channels = json.integer<int>("channels");
  manifest.mean = json.numbers("mean");
  manifest.std = json.numbers("std");
  check_statistics(manifest);
  const Fields options = json.object("options");
  for (const std::string& key : options.keys()) manifest.options[key] = options.text(key);
  manifest.input_digest = digest(json, "input_digest");
  if (json.has("rejected")) manifest.rejected = json.integer<std::uint64_t>("rejected");
  const Fields splits = json.object("splits");
  for (const std::string& name : splits.keys()) {
    manifest.splits.push_back(parse_split(name, splits.object(name), manifest.label));
  }
  check(!manifest.splits.empty(), ExitCode::data, "it has no split");
  return manifest;
}

// ---- the file's own hash

/// The hash of the text with its fingerprint, which is `at` a position, as zeros.
std::string fingerprint_of(std::string text, std::size_t at) {
  text.replace(at, kNoFingerprint.size(), kNoFingerprint);
  return xxh3_128_hex(std::as_bytes(std::span(text)));
}

/// Where the text of the fingerprint starts; npos where the text has no fingerprint.
std::size_t find_fingerprint(std::string_view text) {
  constexpr std::string_view key = "\"fingerprint\": \"";
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos || text.size() - at < key.size() + kNoFingerprint.size()) {
    return std::string_view::npos;
  }
  return at + key.size();
}

}  // namespace

const SplitInfo* PackManifest::find(std::string_view split) const {
  const auto found = std::ranges::find(splits, split, &SplitInfo::name);
  return found == splits.end() ? nullptr : &*found;
}

void write_pack_manifest(const std::filesystem::path& pack, PackManifest& manifest) {
  std::string text = to_json(manifest).dump(1) + "\n";
  const std::size_t at = find_fingerprint(text);
  manifest.fingerprint = fingerprint_of(text, at);
  text.replace(at, manifest.fingerprint.size(), manifest.fingerprint);
  replace_file(pack / kPackManifest, text);
}

std::filesystem::path find_pack_around(const std::filesystem::path& path) {
  std::error_code error;  // what cannot be looked at does not count as a pack
  std::filesystem::path directory =
      std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  if (!directory.has_filename()) directory = directory.parent_path();  // "pack/"
  while (directory.has_relative_path()) {
    directory = directory.parent_path();
    if (std::filesystem::exists(directory / kPackManifest, error)) return directory;
  }
  return {};
}

PackManifest read_pack_manifest(const std::filesystem::path& pack) {
  const std::filesystem::path path = pack / kPackManifest;
  std::error_code ignored;
  check(std::filesystem::is_directory(pack, ignored), ExitCode::data,
        "no pack at '{}'{}: {}; `lockstep pack SOURCE --out PACK` makes one", pack.string(),
        pack.is_relative()
            ? fmt::format(" ('{}', since paths are relative to where the command runs)",
                          std::filesystem::absolute(pack, ignored).lexically_normal().string())
            : "",
        std::filesystem::exists(pack, ignored) ? "a pack is a directory, and this is none"
                                               : "no such directory");
  if (!std::filesystem::exists(path, ignored)) {
    check(!std::filesystem::exists(pack / kPackReplaced, ignored), ExitCode::data,
          "the pack '{}' was being replaced when that ended; run the same `lockstep pack` again, "
          "which puts it back first",
          pack.string());
    check(!std::filesystem::exists(pack / kPackStaging, ignored), ExitCode::data,
          "the pack '{}' was never finished; run `lockstep pack` again", pack.string());
    fail(ExitCode::data, "'{}' is not a pack: it has no {}; was it moved?", pack.string(),
         kPackManifest);
  }
  const std::string text = read_file(path, ExitCode::data);
  const std::size_t at = find_fingerprint(text);
  check(at != std::string::npos && text.find(kPackFormat) != std::string::npos, ExitCode::data,
        "'{}' is not the manifest of a lockstep pack, or is damaged; make the pack again",
        path.string());
  check(fingerprint_of(text, at) == std::string_view(text).substr(at, kNoFingerprint.size()),
        ExitCode::data,
        "'{}' is damaged or was edited: its fingerprint does not match its content; restore it "
        "from a copy, or make the pack again",
        path.string());
  try {
    const Json json = parse_json<Json>(text, ExitCode::data);
    return parse_manifest(Fields(json, ExitCode::data));
  } catch (const Error& error) {
    fail(ExitCode::data, "'{}' cannot be used: {}", path.string(), error.what());
  }
}

}  // namespace lockstep
