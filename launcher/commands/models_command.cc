#include "launcher/commands/models_command.h"

#include <algorithm>
#include <cstdio>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "launcher/cli/option_types.h"
#include "launcher/config/config_yaml.h"
#include "launcher/report/json_text.h"
#include "models/catalog/model_catalog.h"
#include "models/make_model.h"
#include "models/model_summary.h"

namespace lockstep {
namespace {

std::string amount(std::int64_t number) {
  const auto value = static_cast<double>(number);
  return value < 1e9 ? fmt::format("{:.2f} M", value / 1e6) : fmt::format("{:.2f} G", value / 1e9);
}

/// A network as `lockstep models NAME` shows it.
struct Described {
  const ModelEntry& entry;
  ModelShape shape;
  ModelCost cost;
  struct Stage {
    std::string name;
    std::int64_t parameters;
    std::vector<std::string> prefixes;
  };
  std::vector<Stage> stages;
};

Described describe(const ModelsCommand& command) {
  std::vector<std::string> overrides = {"model.name=" + command.name, "data.pack=none"};
  const ModelEntry& entry = find_model(command.name);
  for (const std::string& text : command.overrides) {
    check(text.starts_with("model."), ExitCode::usage,
          "'{}': only keys of the section model describe a network", text);
    overrides.push_back(text);
  }
  const ModelOptions options = parse_config("", "the command line", overrides).model;
  const int side = command.image_size > 0 ? command.image_size : entry.usual_side;
  Described described{.entry = entry,
                      .shape = {.channels = command.channels,
                                .outputs = command.outputs,
                                .height = side,
                                .width = side},
                      .cost = {},
                      .stages = {}};
  const std::shared_ptr<ImageModel> model = make_model(options, described.shape, /*seed=*/0);
  described.cost = cost_of(*model, described.shape);
  for (const ModelStage& stage : model->stages()) {
    described.stages.push_back({stage.name, count_parameters(*model, stage), stage.prefixes});
  }
  return described;
}

std::string text_of(const Described& described) {
  const auto& [entry, shape, cost, stages] = described;
  std::string text = fmt::format(
      "{}: {} parameters, {} multiply-adds for an image of {} x {} with {} channel{} and {} "
      "outputs\n",
      entry.name, amount(cost.parameters), amount(cost.multiply_adds), shape.height, shape.width,
      shape.channels, shape.channels == 1 ? "" : "s", shape.outputs);
  text += fmt::format("names, numbers and initial values: {}; options: {}\n\n", entry.source,
                      entry.options.empty()
                          ? "dropout"
                          : fmt::format("dropout, {}", fmt::join(entry.options, ", ")));
  text += fmt::format("{:<18}{:>12}  {}\n", "stage", "parameters", "tensors");
  for (const Described::Stage& stage : stages) {
    text += fmt::format("{:<18}{:>12}  {}\n", stage.name, stage.parameters,
                        fmt::join(stage.prefixes, ", "));
  }
  return text;
}

nlohmann::json json_of(const Described& described) {
  nlohmann::json stages = nlohmann::json::array();
  for (const Described::Stage& stage : described.stages) {
    stages.push_back(
        {{"name", stage.name}, {"parameters", stage.parameters}, {"prefixes", stage.prefixes}});
  }
  return {{"name", described.entry.name},
          {"source", described.entry.source},
          {"parameters", described.cost.parameters},
          {"multiply_adds", described.cost.multiply_adds},
          {"image_size", described.shape.height},
          {"channels", described.shape.channels},
          {"outputs", described.shape.outputs},
          {"stages", stages}};
}

std::string text_of_catalog() {
  std::string text = fmt::format("{:<22}{:>12}{:>15}{:>12}  {}\n", "name", "parameters",
                                 "multiply-adds", "image size", "source");
  for (const ModelEntry& entry : model_catalog()) {
    text += fmt::format("{:<22}{:>12}{:>15}{:>12}  {}\n", entry.name, amount(entry.parameters),
                        amount(entry.multiply_adds), entry.usual_side, entry.source);
  }
  return text + "For 3 channels and 1000 outputs, at that image size; other sizes are taken too.\n";
}

nlohmann::json json_of_catalog() {
  nlohmann::json list = nlohmann::json::array();
  for (const ModelEntry& entry : model_catalog()) {
    list.push_back({{"name", entry.name},
                    {"source", entry.source},
                    {"parameters", entry.parameters},
                    {"multiply_adds", entry.multiply_adds},
                    {"image_size", entry.usual_side}});
  }
  return list;
}

}  // namespace

const char* const ModelsCommand::kHelp =
    R"(`model.name` in a config is one of these names. Of one, the stages are shown: an image passes them
in this order.

Examples:
  lockstep models
  lockstep models resnet50 --outputs 37
  lockstep models resnet model.blocks=[2,2,2] model.width=0.5 --image-size 28 --channels 1)";

void ModelsCommand::add_options(CLI::App& app) {
  app.add_option("NAME", name, "The network to show; default: all, in a list");
  app.add_option("model.KEY=value", overrides, "Its options, as in a config");
  add_number(app, "--image-size", image_size, 1, 8192,
             "Sides of the images, in pixels; default: as it was published")
      ->type_name("PIXELS");
  add_number(app, "--channels", channels, 1, 1024, "Channels of the images")
      ->default_str(std::to_string(channels));
  add_number(app, "--outputs", outputs, 1, 1 << 24, "Classes, labels or numbers")
      ->default_str(std::to_string(outputs));
  app.add_flag("--json", json, "One JSON document on stdout");
}

ExitCode ModelsCommand::run(Process&) const {
  std::string text;
  if (name.empty()) {
    text = json ? json_text(json_of_catalog()) : text_of_catalog();
  } else {
    const Described described = describe(*this);
    text = json ? json_text(json_of(described)) : text_of(described);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::ok;
}

}  // namespace lockstep
