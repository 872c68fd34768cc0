#include "launcher/setup/exported_model.h"

#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/json_parse.h"
#include "core/storage/staging.h"
#include "launcher/config/config_yaml.h"
#include "launcher/rank/version.h"
#include "models/catalog/model_catalog.h"
#include "trainer/training_state.h"

namespace lockstep {
namespace {

constexpr int kMetadataVersion = 1;

at::ScalarType scalar_type(DType type) {
  return type == DType::f16 ? at::kHalf : type == DType::bf16 ? at::kBFloat16 : at::kFloat;
}

/// The tensors under their names elsewhere, and what they are views of.
struct StyledTensors {
  std::vector<at::Tensor> storage;
  std::vector<TensorView> views;
};

StyledTensors styled(std::vector<TensorView> model, const ModelEntry& entry, NameStyle style,
                     DType type) {
  const at::NoGradGuard no_grad;
  StyledTensors result;
  for (TensorView& view : model) {
    const std::optional<std::string> name = styled_name(style, entry, view.name);
    check(name.has_value(), ExitCode::usage, "{} is no network of {}; --names torchvision has it",
          entry.name, name_of(style));
    const bool is_variance = view.name.ends_with("running_var");
    view.shape = styled_shape(style, entry, view.name, view.shape);
    view.name = *name;
    const double shift = is_variance ? variance_shift(style, entry) : 0;
    if (view.dtype == DType::f32 && (type != DType::f32 || shift != 0)) {
      // from_blob takes a mutable pointer; nothing writes through it.
      auto* data = const_cast<std::byte*>(view.bytes.data());
      const at::Tensor& converted = result.storage.emplace_back(
          at::from_blob(data, view.shape, at::kFloat).add(shift).to(scalar_type(type)));
      view.dtype = type;
      view.bytes = {static_cast<const std::byte*>(converted.const_data_ptr()), converted.nbytes()};
    }
    result.views.push_back(std::move(view));
  }
  return result;
}

/// The metadata of a file with the model of `checkpoint`.
std::map<std::string, std::string> export_metadata(const LoadedCheckpoint& checkpoint,
                                                   WeightsOf whose) {
  const TrainingState state = read_training_state(checkpoint);
  const Config config = parse_config(checkpoint.manifest.config, "the checkpoint's config");
  const nlohmann::json all = {{"version", kMetadataVersion},
                              {"lockstep", kVersion},
                              {"model", config.model.name},
                              {"input", state.input},
                              {"crop", config.data.augment.eval_crop},
                              {"task", state.task},
                              {"config", checkpoint.manifest.config},
                              {"step", checkpoint.manifest.step},
                              {"ema", whose == WeightsOf::average},
                              {"state_digest", checkpoint.manifest.state_digest},
                              {"pack_fingerprint", checkpoint.manifest.pack_fingerprint}};
  return {{"format", "pt"}, {kExportedKey, all.dump()}};  // "format" is what others look for
}

}  // namespace

ExportedModel read_export_metadata(const std::map<std::string, std::string>& metadata,
                                   const std::filesystem::path& path) {
  const auto found = metadata.find(kExportedKey);
  check(found != metadata.end(), ExitCode::data,
        "'{}' was not made by `lockstep export`, so it does not say what its model is", path);
  try {
    const auto json = parse_json<nlohmann::json>(found->second, ExitCode::data);
    const JsonFields<nlohmann::json> fields(json, ExitCode::data);
    check(fields.integer<int>("version", 1) == kMetadataVersion, ExitCode::data,
          "it is of a newer lockstep, in version {} of the metadata",
          fields.integer<int>("version", 1));
    Config config = parse_config(fields.text("config"), "the exported model's config");
    check(fields.text("model") == config.model.name, ExitCode::data,
          "'model' is '{}', and in its config '{}'", fields.text("model"), config.model.name);
    check(fields.number("crop") == config.data.augment.eval_crop, ExitCode::data,
          "'crop' is {}, and in its config {}", fields.number("crop"),
          config.data.augment.eval_crop);
    return {.config = std::move(config),
            .input = read_input_spec(fields.object("input")),
            .task = read_task_spec(fields.object("task")),
            .state_digest = fields.text("state_digest"),
            .of_average = fields.has("ema") && fields.at("ema") == true};
  } catch (const Error& error) {
    fail(ExitCode::data, "'{}' has damaged metadata: {}", path, error.what());
  }
}

FileDigest export_model(const LoadedCheckpoint& checkpoint, const ExportOptions& options,
                        const std::filesystem::path& path) {
  const Config config = parse_config(checkpoint.manifest.config, "the checkpoint's config");
  const StyledTensors tensors = styled(model_tensors(checkpoint, options.whose),
                                       find_model(config.model.name), options.names, options.dtype);
  FileDigest written;
  write_beside(path, [&](const std::filesystem::path& beside) {
    written = write_safetensors(beside, tensors.views, export_metadata(checkpoint, options.whose));
  });
  return written;
}

}  // namespace lockstep
