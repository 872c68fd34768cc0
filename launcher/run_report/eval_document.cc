#include "launcher/run_report/eval_document.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "core/file.h"
#include "core/json_fields.h"
#include "core/json_parse.h"
#include "launcher/page/confusion_table.h"
#include "launcher/page/escape.h"
#include "launcher/page/html_table.h"
#include "launcher/run_report/eval_fields.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Fields = JsonFields<Json>;

constexpr std::uint64_t kMostBytes = 1 << 28;
constexpr std::size_t kMostClasses = 100'000;
constexpr const char* kOutputs[] = {"classes", "labels", "targets"};

HtmlCell number_cell(const std::string& key, const Json& value) {
  if (!value.is_number()) return {};
  const double number = value.get<double>();
  const bool is_count = key == "support" || key == "predicted" || value.is_number_integer();
  return {is_count ? fmt::format("{:g}", number) : value_text(key, number), number};
}

/// The figures that a reader expects first, then others that are numbers.
std::vector<std::string> number_keys(const Json& object, const std::set<std::string>& without) {
  std::vector<std::string> keys;
  const auto add = [&](const std::string& key) {
    if (!object.contains(key) || without.contains(key)) return;
    const bool is_there = std::ranges::find(keys, key) != keys.end();
    if (!is_there && (object[key].is_number() || object[key].is_null())) keys.push_back(key);
  };
  for (const char* key : {"support", "predicted", "precision", "recall", "f1", "auroc",
                          "average_precision", "accuracy", "mae", "rmse", "r2", "bias"}) {
    add(key);
  }
  for (const auto& [key, value] : object.items()) add(key);
  return keys;
}

HtmlTable figures_table(const Json& json) {
  HtmlTable table{.columns = {{"figure"}, {"value", true}, {"from", true}, {"to", true}}};
  const Json intervals = json.value("intervals", Json());
  std::set<std::string> without = {"step", "evaluated", "threshold"};
  const Json classes = json.value("classes", Json());
  if (is_obvious("top5_accuracy", classes.size())) without.insert("top5_accuracy");
  for (const std::string& key : number_keys(json, without)) {
    std::vector<HtmlCell> row = {{key}, number_cell(key, json[key]), {}, {}};
    if (intervals.is_object() && intervals.contains(key) && intervals[key].is_array() &&
        intervals[key].size() == 2) {
      row[2] = number_cell(key, intervals[key][0]);
      row[3] = number_cell(key, intervals[key][1]);
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

HtmlTable outputs_table(const Fields& fields, const char* outputs, const std::string& id) {
  HtmlTable table{.id = id, .columns = {{"name"}}};
  std::vector<std::string> keys;
  for (const Json& one : fields.at(outputs)) {
    if (keys.empty()) keys = number_keys(one, {});
  }
  for (const std::string& key : keys) table.columns.push_back({key, true});
  for (const Fields& one : fields.objects(outputs)) {
    std::vector<HtmlCell> row = {{one.text("name")}};
    for (const std::string& key : keys) {
      row.push_back(one.has(key) ? number_cell(key, one.at(key)) : HtmlCell{});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::vector<std::string> names_in(const Fields& fields, const char* outputs) {
  std::vector<std::string> names;
  for (const Fields& one : fields.objects(outputs)) names.push_back(one.text("name"));
  check(names.size() <= kMostClasses, ExitCode::data, "it has {} {}", names.size(), outputs);
  return names;
}

Confusion confusion_in(const Json& rows, std::size_t classes) {
  Confusion confusion{.classes = classes, .counts = {}};
  check(rows.is_array() && rows.size() == classes, ExitCode::data,
        "'confusion_matrix' is not a list of {} rows", classes);
  for (const Json& row : rows) {
    check(row.is_array() && row.size() == classes, ExitCode::data,
          "'confusion_matrix' has a row that is not a list of {} numbers", classes);
    for (const Json& count : row) {
      check(count.is_number_unsigned() && count.get<std::uint64_t>() < (1ull << 53), ExitCode::data,
            "'confusion_matrix' has a count that is no whole number");
      confusion.counts.push_back(count.get<std::int64_t>());
    }
  }
  return confusion;
}

std::string html_of(const Fields& fields, const Json& json, const std::string& id) {
  std::string html = table_html(figures_table(json));
  for (const char* outputs : kOutputs) {
    if (!fields.has(outputs)) continue;
    const std::vector<std::string> names = names_in(fields, outputs);
    html += fmt::format("<h4>{}</h4>\n", outputs) + table_html(outputs_table(fields, outputs, id));
    if (fields.has("confusion_matrix")) {
      html += "<h4>confusion matrix</h4>\n" +
              confusion_html(confusion_in(fields.at("confusion_matrix"), names.size()), names);
    }
  }
  return html;
}

/// Whether the name of the model begins with the directory of the run.
bool is_in_run(const EvalDocument& document, const ReportedRun& run) {
  std::error_code error;
  const fs::path model = fs::weakly_canonical(document.model, error);
  const fs::path place = fs::weakly_canonical(run.name, error);
  return !error && std::ranges::mismatch(place, model).in1 == place.end();
}

}  // namespace

EvalDocument parse_eval_document(std::string_view text, const fs::path& file) {
  try {
    EvalDocument document{.file = file.string(), .json = parse_json<Json>(text, ExitCode::data)};
    const Fields fields(document.json, ExitCode::data);
    document.split = fields.text("split");
    document.model = fields.text(fields.has("checkpoint") ? "checkpoint" : "weights");
    if (fields.has("state_digest")) document.digest = fields.text("state_digest");
    check_evaluation(fields);
    html_of(fields, document.json, "");  // says what is wrong now, where the file can be named
    return document;
  } catch (const Error& error) {
    fail(
        ExitCode::data,
        "'{}' is not what lockstep eval --json prints: {}; make it with lockstep eval RUN --json > "
        "FILE.json",
        file, error.what());
  }
}

EvalDocument read_eval_document(const fs::path& file) {
  return parse_eval_document(read_file(file, ExitCode::data, kMostBytes), file);
}

std::vector<std::optional<std::size_t>> runs_of(const std::vector<EvalDocument>& documents,
                                                const std::vector<ReportedRun>& runs) {
  std::vector<std::optional<std::size_t>> found(documents.size());
  const auto match = [&](std::size_t i, const auto& belongs) {
    for (std::size_t run = 0; run < runs.size() && !found[i]; ++run) {
      if (belongs(runs[run], run)) found[i] = run;
    }
  };
  for (std::size_t i = 0; i < documents.size(); ++i) {
    match(i, [&](const ReportedRun& run, std::size_t) {
      return std::ranges::find(run.digests, documents[i].digest) != run.digests.end();
    });
    match(i, [&](const ReportedRun& run, std::size_t) { return is_in_run(documents[i], run); });
  }
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (!documents[i].digest.empty()) continue;
    match(i, [&](const ReportedRun&, std::size_t run) {
      return std::ranges::find(found, std::optional(run)) == found.end();
    });
  }
  return found;
}

std::string evaluation_html(const EvalDocument& document, const std::string& run,
                            const std::string& id) {
  const Fields fields(document.json, ExitCode::data);
  const std::string images =
      fields.has("evaluated") ? fmt::format(", {} images", fields.at("evaluated").dump()) : "";
  return fmt::format("<h3>{}: split {}{}</h3>\n<p class=\"quiet\">{}, from {}</p>\n", escaped(run),
                     escaped(document.split), escaped(images), escaped(document.model),
                     escaped(document.file)) +
         html_of(fields, document.json, id);
}

}  // namespace lockstep
