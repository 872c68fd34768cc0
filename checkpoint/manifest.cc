#include "checkpoint/manifest.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "checkpoint/format.h"

namespace lockstep {
namespace {

using nlohmann::json;

/// What ends every manifest: the hash of all bytes before it.
std::string hash_tail(std::string_view text) {
  return fmt::format("  \"manifest_hash\": \"{}\"\n}}\n",
                     xxh3_128_hex(std::as_bytes(std::span(text))));
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name != kManifestFile &&
         std::ranges::none_of(name, [](unsigned char c) { return c == '/' || c < ' '; });
}

json encode_files(const std::vector<ManifestFile>& files) {
  json result = json::array();
  for (const ManifestFile& file : files) {
    result.push_back(
        {{"name", file.name}, {"bytes", file.digest.bytes}, {"xxh3_128", file.digest.xxh3_128}});
  }
  return result;
}

/// A whole number from 0 to 2^63 - 1. The JSON library would cut or wrap others.
std::int64_t decode_count(const json& value) {
  check(value.is_number_unsigned() && std::in_range<std::int64_t>(value.get<std::uint64_t>()),
        ExitCode::storage, "{} is not a count", value.dump());
  return value.get<std::int64_t>();
}

std::vector<ManifestFile> decode_files(const json& list) {
  std::vector<ManifestFile> files;
  std::set<std::string> names;
  for (const json& entry : list) {
    ManifestFile file;
    file.name = entry.at("name").get<std::string>();
    file.digest.bytes = static_cast<std::uint64_t>(decode_count(entry.at("bytes")));
    file.digest.xxh3_128 = entry.at("xxh3_128").get<std::string>();
    check(is_plain_name(file.name), ExitCode::storage, "it lists {}, which is not a file name",
          entry.at("name").dump());
    check(names.insert(file.name).second, ExitCode::storage, "it lists '{}' twice", file.name);
    files.push_back(std::move(file));
  }
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile}) {
    check(names.contains(std::string(name)), ExitCode::storage, "it does not list '{}'", name);
  }
  return files;
}

/// JSON has no NaN: null represents every number that is not finite.
double decode_number(const json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

Manifest decode_fields(const json& fields) {
  Manifest manifest;
  manifest.step = decode_count(fields.at("step"));
  manifest.state_digest = fields.at("state_digest").get<std::string>();
  manifest.files = decode_files(fields.at("files"));
  manifest.config = fields.at("config").get<std::string>();
  manifest.pack_fingerprint = fields.at("pack_fingerprint").get<std::string>();
  manifest.environment = fields.at("environment");
  for (const auto& [name, value] : fields.at("metrics").items()) {
    manifest.metrics[name] = decode_number(value);
  }
  if (const json& best = fields.at("best"); !best.is_null()) {
    manifest.best = {best.at("metric").get<std::string>(), decode_number(best.at("value")),
                     decode_count(best.at("step"))};
  }
  return manifest;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  nlohmann::ordered_json fields;
  fields["format"] = kCheckpointFormat;
  fields["version"] = kCheckpointVersion;
  fields["step"] = manifest.step;
  fields["state_digest"] = manifest.state_digest;
  fields["files"] = encode_files(manifest.files);
  fields["metrics"] = manifest.metrics;
  fields["best"] = nullptr;
  if (manifest.best) {
    fields["best"] = {{"metric", manifest.best->metric},
                      {"value", manifest.best->value},
                      {"step", manifest.best->step}};
  }
  fields["pack_fingerprint"] = manifest.pack_fingerprint;
  fields["environment"] = manifest.environment;
  fields["config"] = manifest.config;
  std::string text = fields.dump(2, ' ', false, json::error_handler_t::replace);
  text.resize(text.size() - std::string_view("\n}").size());
  text += ",\n";
  return text + hash_tail(text);
}

std::uint64_t bytes_on_disk(const Manifest& manifest) {
  std::uint64_t bytes = encode_manifest(manifest).size();
  for (const ManifestFile& file : manifest.files) bytes += file.digest.bytes;
  return bytes;
}

Manifest decode_manifest(std::string_view text, const std::filesystem::path& origin) {
  const std::size_t tail_bytes = hash_tail({}).size();
  const std::string_view body = text.substr(0, text.size() - std::min(text.size(), tail_bytes));
  check(text.substr(body.size()) == hash_tail(body), ExitCode::storage,
        "'{}' is damaged or was edited: its own hash does not match", origin.string());
  try {
    const json fields = json::parse(text);
    check(fields.at("format") == kCheckpointFormat, ExitCode::storage, "its format is not '{}'",
          kCheckpointFormat);
    if (const json& version = fields.at("version"); version != kCheckpointVersion) {
      throw UnsupportedCheckpoint(fmt::format(
          "'{}' has format version {}, and this program reads version {}: use the lockstep that "
          "wrote it, or a newer one",
          origin.string(), version.dump(), kCheckpointVersion));
    }
    return decode_fields(fields);
  } catch (const UnsupportedCheckpoint&) {
    throw;
  } catch (const std::exception& error) {  // ours, or one of the JSON library's
    fail(ExitCode::storage, "'{}' is not the manifest of a checkpoint: {}", origin.string(),
         error.what());
  }
}

}  // namespace lockstep
