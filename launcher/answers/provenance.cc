#include "launcher/answers/provenance.h"

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "core/printable.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "lockstep-provenance";
constexpr int kVersion = 1;
constexpr std::uint64_t kMaxBytes = 1 << 24;
constexpr std::string_view kKinds[] = {"checkpoint", "checkpoints", "weights"};

Json json_of(const ModelOrigin& model) {
  Json json = {{"kind", model.kind}, {"path", model.path.string()}, {"digest", model.digest}};
  if (model.kind == "checkpoint") json["step"] = model.step;
  if (!model.pack_fingerprint.empty()) {
    json["pack"] = model.pack.string();
    json["pack_fingerprint"] = model.pack_fingerprint;
  }
  return json;
}

Json json_of(const ImagesOrigin& images) {
  if (!images.fingerprint.empty()) {
    return {{"pack", images.pack.string()},
            {"pack_fingerprint", images.fingerprint},
            {"split", images.split}};
  }
  Json inputs = Json::array();
  for (const fs::path& input : images.inputs) inputs.push_back(input.string());
  return {{"inputs", inputs}};
}

ModelOrigin read_model(const JsonFields<Json>& fields) {
  ModelOrigin model{.path = fields.text("path"), .kind = fields.text("kind")};
  check(std::ranges::find(kKinds, model.kind) != std::end(kKinds), ExitCode::data,
        "'kind' of a model is '{}', which is none", model.kind);
  model.digest = fields.text("digest");
  if (model.kind == "checkpoint") model.step = fields.integer<std::int64_t>("step", 0);
  if (fields.has("pack_fingerprint")) {
    model.pack = fields.text("pack");
    model.pack_fingerprint = fields.text("pack_fingerprint");
  }
  return model;
}

ImagesOrigin read_images(const JsonFields<Json>& fields) {
  ImagesOrigin images;
  if (fields.has("pack")) {
    images.pack = fields.text("pack");
    images.fingerprint = fields.text("pack_fingerprint");
    images.split = fields.text("split");
  } else {
    for (const std::string& input : fields.texts("inputs")) images.inputs.emplace_back(input);
  }
  return images;
}

Provenance read_fields(const Json& json) {
  const JsonFields<Json> fields(json, ExitCode::data);
  check(fields.text("format") == kFormat, ExitCode::data, "'format' is not '{}'", kFormat);
  check(fields.integer<int>("version", 1) == kVersion, ExitCode::data,
        "it is of version {}, and this lockstep knows {}: use the one that wrote it",
        fields.integer<int>("version", 1), kVersion);
  Provenance result;
  result.table = {fields.integer<std::uint64_t>("bytes"), fields.text("xxh3_128")};
  result.rows = fields.integer<std::uint64_t>("rows");
  result.unanswered = fields.integer<std::uint64_t>("unanswered");
  result.version = fields.text("lockstep");
  const JsonFields<Json> options = fields.object("options");
  for (const std::string& key : options.keys()) result.options[key] = options.text(key);
  result.model = read_model(fields.object("model"));
  if (fields.has("ensemble")) {
    for (const auto& model : fields.objects("ensemble")) {
      result.ensemble.push_back(read_model(model));
    }
  }
  result.images = read_images(fields.object("images"));
  return result;
}

}  // namespace

fs::path provenance_file(const fs::path& table) {
  fs::path file = table;
  file += ".provenance.json";
  return file;
}

fs::path from_table(const fs::path& path, const fs::path& table) {
  if (path.empty() || path.is_absolute()) return path;
  return fs::absolute(path).lexically_normal().lexically_proximate(
      fs::absolute(table).lexically_normal().parent_path());
}

void write_provenance(const Provenance& provenance, const fs::path& table) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"file", table.filename().string()},
               {"bytes", provenance.table.bytes},
               {"xxh3_128", provenance.table.xxh3_128},
               {"rows", provenance.rows},
               {"unanswered", provenance.unanswered},
               {"lockstep", provenance.version},
               {"options", provenance.options},
               {"model", json_of(provenance.model)},
               {"images", json_of(provenance.images)}};
  for (const ModelOrigin& model : provenance.ensemble) json["ensemble"].push_back(json_of(model));
  replace_file(provenance_file(table),
               json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Provenance read_provenance(const fs::path& table) {
  const fs::path file = provenance_file(table);
  const std::string text = read_file(file, ExitCode::data, kMaxBytes);
  try {
    return read_fields(parse_json<Json>(text, ExitCode::data));
  } catch (const Error& error) {
    fail(ExitCode::data, "'{}': {}", file, error.what());
  }
}

}  // namespace lockstep
