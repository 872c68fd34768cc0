#include "launcher/report/inspect_json.h"

#include "sharding/survey/class_balance.h"

namespace lockstep {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Distribution& values) {
  Json json = {{"count", values.count},
               {"min", values.min},
               {"lower_quartile", values.lower_quartile},
               {"median", values.median},
               {"upper_quartile", values.upper_quartile},
               {"max", values.max},
               {"mean", values.mean},
               {"std", values.std}};
  if (!values.histogram.empty()) json["histogram"] = values.histogram;
  return json;
}

Json to_json(const SplitSummary& split) {
  Json balance;
  if (!split.class_samples.empty()) {
    const ClassBalance classes = class_balance(split.class_samples);
    balance = {{"ratio", classes.ratio},
               {"effective_classes", classes.effective_classes},
               {"empty_classes", classes.empty}};
  }
  Json targets = Json::array();
  for (const Distribution& target : split.targets) targets.push_back(to_json(target));
  return {{"samples", split.samples},
          {"shards", split.shards},
          {"image_bytes", split.image_bytes},
          {"file_bytes", split.file_bytes},
          {"height", to_json(split.height)},
          {"width", to_json(split.width)},
          {"shorter_side", to_json(split.shorter_side)},
          {"aspect_ratio", to_json(split.aspect_ratio)},
          {"class_samples", split.class_samples},
          {"balance", std::move(balance)},
          {"targets", std::move(targets)},
          {"flag_samples", split.flag_samples}};
}

Json to_json(const Pack& pack, const TwinSample& sample) {
  Json label;
  if (pack.label_kind() == LabelKind::int64) {
    label = sample.label;
  } else if (pack.label_kind() != LabelKind::none) {
    label = sample.targets;
  }
  return {{"split", pack.manifest().splits[sample.split].name},
          {"id", sample.id},
          {"source", sample.source},
          {"label", std::move(label)}};
}

Json to_json(const Pack& pack, const std::vector<Twins>& list) {
  Json json = Json::array();
  for (const Twins& twins : list) {
    json.push_back({{"likeness", name_of(twins.likeness)},
                    {"similarity", twins.similarity},
                    {"labels_differ", twins.labels_differ()},
                    {"first", to_json(pack, twins.first)},
                    {"second", to_json(pack, twins.second)}});
  }
  return json;
}

}  // namespace

nlohmann::ordered_json report_to_json(const Pack& pack, const PackReport& report) {
  const PackManifest& manifest = pack.manifest();
  Json splits = Json::object();
  for (const SplitSummary& split : report.splits) splits[split.name] = to_json(split);
  const bool near = report.depth == DuplicateSearch::Depth::near;
  Json flat;
  if (near) flat = report.duplicates.flat_images;
  Json features;
  if (pack.features()) {
    features = {{"count", pack.features()->count},
                {"layer", pack.features()->layer},
                {"network", pack.features()->network},
                {"views", pack.features()->views}};
  }
  return {{"fingerprint", manifest.fingerprint},
          {"encoding", name_of(manifest.encoding)},
          {"label_kind", name_of(manifest.label.kind)},
          {"features", std::move(features)},
          {"channels", manifest.channels},
          {"mean", manifest.mean},
          {"std", manifest.std},
          {"options", manifest.options},
          {"classes", manifest.classes},
          {"label_names",
           manifest.label.has_targets() ? pack.label_names() : std::vector<std::string>{}},
          {"advised_image_size",
           pack.features() ? Json() : Json(advised_image_size(report.splits.front().shorter_side))},
          {"splits", std::move(splits)},
          {"duplicates",
           {{"near", near},
            {"flat_images", std::move(flat)},
            {"leaks", to_json(pack, report.duplicates.leaks)},
            {"repeats", to_json(pack, report.duplicates.repeats)}}}};
}

}  // namespace lockstep
