#include "checkpoint/manifest.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "checkpoint/format.h"
#include "core/json_fields.h"
#include "core/json_parse.h"

namespace lockstep {
namespace {

using nlohmann::json;

/// What ends every manifest: the hash of all bytes before it.
std::string hash_tail(std::string_view text) {
  return fmt::format("  \"manifest_hash\": \"{}\"\n}}\n",
                     xxh3_128_hex(std::as_bytes(std::span(text))));
}

constexpr std::uint64_t kMostFileBytes = std::uint64_t{1} << 53;

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

using Fields = JsonFields<json>;

std::vector<ManifestFile> decode_files(const std::vector<Fields>& list) {
  std::vector<ManifestFile> files;
  std::set<std::string> names;
  for (const Fields& entry : list) {
    ManifestFile file;
    file.name = entry.text("name");
    file.digest.bytes = entry.integer<std::uint64_t>("bytes", 0, kMostFileBytes);
    file.digest.xxh3_128 = entry.text("xxh3_128");
    check(is_plain_name(file.name), ExitCode::storage, "it lists '{}', which is not a file name",
          file.name);
    check(names.insert(file.name).second, ExitCode::storage, "it lists '{}' twice", file.name);
    files.push_back(std::move(file));
  }
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile}) {
    check(names.contains(std::string(name)), ExitCode::storage, "it does not list '{}'", name);
  }
  return files;
}

/// JSON has no NaN: null represents every number that is not finite.
double decode_number(const Fields& fields, const std::string& key) {
  return fields.at(key).is_null() ? std::numeric_limits<double>::quiet_NaN() : fields.number(key);
}

Manifest decode_fields(const Fields& fields) {
  Manifest manifest;
  manifest.step = fields.integer<std::int64_t>("step", 0, kMostSteps);
  manifest.state_digest = fields.text("state_digest");
  manifest.files = decode_files(fields.objects("files"));
  manifest.config = fields.text("config");
  manifest.pack_fingerprint = fields.text("pack_fingerprint");
  (void)fields.object("environment");  // an object, of whatever
  manifest.environment = fields.at("environment");
  const Fields metrics = fields.object("metrics");
  for (const std::string& name : metrics.keys()) {
    manifest.metrics[name] = decode_number(metrics, name);
  }
  if (!fields.at("best").is_null()) {
    const Fields best = fields.object("best");
    manifest.best = {best.text("metric"), best.number("value"),
                     best.integer<std::int64_t>("step", 0, manifest.step)};
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
    const json parsed = parse_json<json>(text, ExitCode::storage);
    const Fields fields(parsed, ExitCode::storage);
    check(fields.at("format") == kCheckpointFormat, ExitCode::storage, "its format is not '{}'",
          kCheckpointFormat);
    if (const json& version = fields.at("version"); version != kCheckpointVersion) {
      throw UnsupportedCheckpoint(message(
          "'{}' has format version {}, and this program reads version {}: use the lockstep that "
          "wrote it, or a newer one",
          origin.string(), version.dump(), kCheckpointVersion));
    }
    return decode_fields(fields);
  } catch (const UnsupportedCheckpoint&) {
    throw;
  } catch (const Error& error) {
    fail(ExitCode::storage, "'{}' is not the manifest of a checkpoint: {}", origin.string(),
         error.what());
  }
}

}  // namespace lockstep
