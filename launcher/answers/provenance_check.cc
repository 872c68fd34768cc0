#include "launcher/answers/provenance_check.h"

#include <optional>
#include <span>

#include <nlohmann/json.hpp>

#include "checkpoint/format.h"
#include "checkpoint/reader.h"
#include "core/error.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "core/storage/safetensors.h"
#include "launcher/config/config_yaml.h"
#include "launcher/setup/exported_model.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using State = ChainLink::State;

FileDigest digest_of(const fs::path& file) {
  const UniqueFd fd = open_for_reading(file, ExitCode::data);
  const std::uint64_t bytes = file_size(fd.get(), file);
  Hasher hasher;
  read_range(fd.get(), 0, bytes, file, ExitCode::data,
             [&](std::span<const std::byte> piece) { hasher.update(piece); });
  return {bytes, hasher.hex()};
}

/// What `look` finds of a piece that is at `path`: the digest that is there.
template <typename Look>
ChainLink check_link(const std::string& what, const fs::path& path, const std::string& expected,
                     Look look) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return {State::absent,
            message("{} '{}' is not there; its digest was {}", what, path, expected)};
  }
  try {
    const std::string found = look();
    if (found == expected) return {State::holds, message("{} '{}': {}", what, path, found)};
    return {State::broken, message("{} '{}' is another: its digest is {}, and was {}", what, path,
                                   found, expected)};
  } catch (const Error& problem) {
    return {State::broken, message("{} '{}': {}", what, path, problem.what())};
  }
}

ChainLink check_pack(const std::string& what, const fs::path& pack, const std::string& expected) {
  return check_link(what, pack, expected, [&] { return read_pack_manifest(pack).fingerprint; });
}

ChainLink check_model(const ModelOrigin& model, const fs::path& path) {
  if (model.kind == "checkpoint") {
    return check_link("the checkpoint", path, model.digest, [&] {
      const Manifest manifest = load_checkpoint(path).manifest;
      check(manifest.step == model.step, ExitCode::data, "it is of step {}, and was of step {}",
            manifest.step, model.step);
      return manifest.state_digest;
    });
  }
  if (model.kind == "weights") {
    return check_link("the weights", path, model.digest, [&] { return digest_of(path).xxh3_128; });
  }
  return {State::absent,
          message("the checkpoints of '{}' are not looked at: {}", path, model.digest)};
}

void add_model(const ModelOrigin& model, const fs::path& base, std::vector<ChainLink>& chain) {
  chain.push_back(check_model(model, base / model.path));
  if (model.pack_fingerprint.empty()) return;
  chain.push_back(
      check_pack("the pack that it was trained on,", base / model.pack, model.pack_fingerprint));
}

/// What the metadata of an exported model say; std::nullopt where it is none.
std::optional<std::string> export_metadata_of(const fs::path& file) {
  if (lower_extension(file) != ".safetensors") return std::nullopt;
  const std::string text = read_file(file, ExitCode::data, std::uint64_t{1} << 36);
  const SafetensorsFile tensors(file, std::as_bytes(std::span(text)));
  const auto found = tensors.metadata().find(kExportedKey);
  return found == tensors.metadata().end() ? std::nullopt : std::optional(found->second);
}

/// Its paths are from where the run's command was started.
ModelOrigin origin_of_export(const std::string& metadata) {
  const auto json = parse_json<nlohmann::json>(metadata, ExitCode::data);
  const JsonFields<nlohmann::json> fields(json, ExitCode::data);
  const Config config = parse_config(fields.text("config"), "the exported model's config");
  ModelOrigin model{.kind = "checkpoint"};
  model.step = fields.integer<std::int64_t>("step", 0);
  model.path =
      fs::path(config.run.dir) / kCheckpointsDirectory / checkpoint_directory_name(model.step);
  model.digest = fields.text("state_digest");
  model.pack = config.data.pack;
  model.pack_fingerprint = fields.text("pack_fingerprint");
  return model;
}

}  // namespace

bool has_provenance(const fs::path& file) {
  std::error_code error;
  return fs::exists(provenance_file(file), error) ||
         (fs::is_regular_file(file, error) && lower_extension(file) == ".safetensors");
}

std::vector<ChainLink> check_provenance(const fs::path& file) {
  std::vector<ChainLink> chain;
  std::error_code error;
  if (!fs::exists(provenance_file(file), error)) {
    const std::optional<std::string> metadata = export_metadata_of(file);
    check(metadata.has_value(), ExitCode::data,
          "'{}' says nothing of where it comes from: `lockstep export` did not write it", file);
    chain.push_back({State::holds, message("the exported model '{}'", file)});
    add_model(origin_of_export(*metadata), {}, chain);
    return chain;
  }
  const Provenance provenance = read_provenance(file);
  chain.push_back(check_link("the table", file, provenance.table.xxh3_128,
                             [&] { return digest_of(file).xxh3_128; }));
  const fs::path base = file.parent_path();
  add_model(provenance.model, base, chain);
  for (const ModelOrigin& model : provenance.ensemble) add_model(model, base, chain);
  if (!provenance.images.fingerprint.empty()) {
    chain.push_back(check_pack("the pack of the images,", base / provenance.images.pack,
                               provenance.images.fingerprint));
  }
  return chain;
}

}  // namespace lockstep
