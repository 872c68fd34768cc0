#include "launcher/run_report/report_page.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "core/file.h"
#include "launcher/page/escape.h"
#include "launcher/page/page.h"
#include "launcher/run_report/run_charts.h"
#include "launcher/run_report/run_groups.h"
#include "launcher/run_report/run_tables.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostVerdicts = 12;

std::string section(const char* title, const std::string& html, const char* note = "") {
  if (html.empty()) return {};
  const std::string text = *note == '\0' ? "" : fmt::format("<p class=\"quiet\">{}</p>\n", note);
  return fmt::format("<section>\n<h2>{}</h2>\n{}{}</section>\n", title, text, html);
}

std::string title_of(const std::vector<ReportedRun>& runs) {
  return runs.size() == 1 ? runs.front().name : fmt::format("{} runs", runs.size());
}

std::string head_html(const std::vector<ReportedRun>& runs, const std::vector<RunGroup>& groups,
                      const PageOrigin& origin) {
  std::string what = runs.size() == 1
                         ? fmt::format("One run, {}", name_of(runs.front().state))
                         : fmt::format("{} runs of {} configurations", runs.size(), groups.size());
  if (runs.size() > 1 && groups.size() == 1)
    what = fmt::format("{} runs of one configuration", runs.size());
  return fmt::format("<p class=\"quiet\">{}; read on {} by lockstep {}</p>\n", escaped(what),
                     escaped(origin.time), escaped(origin.version));
}

/// Half of the interval of a figure; 0: it has none.
double uncertainty_in(const nlohmann::json& document, const std::string& figure) {
  const auto intervals = document.find("intervals");
  if (intervals == document.end() || !intervals->contains(figure)) return 0;
  const nlohmann::json& interval = intervals->at(figure);
  if (!interval[0].is_number() || !interval[1].is_number()) return 0;
  return (interval[1].get<double>() - interval[0].get<double>()) / 2;
}

struct TestValue {
  std::optional<double> value;
  double uncertainty = 0;
};

/// Of a group on its test split, where a document tells; the means over its runs.
TestValue test_of(const RunGroup& group, const std::vector<EvalDocument>& documents,
                  const std::vector<std::optional<std::size_t>>& of_documents) {
  std::vector<double> values, uncertainties;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const bool is_of_group =
        of_documents[i] && std::ranges::find(group.runs, *of_documents[i]) != group.runs.end();
    const double value = number_in(documents[i].json, group.score.metric.name);
    if (!is_of_group || documents[i].split != "test" || value != value) continue;
    values.push_back(value);
    uncertainties.push_back(uncertainty_in(documents[i].json, group.score.metric.name));
  }
  if (values.empty()) return {};
  return {spread_of(values)->mean, spread_of(uncertainties)->mean};
}

std::vector<GroupOutcome> outcomes_of(const std::vector<ReportedRun>& runs,
                                      const std::vector<RunGroup>& groups,
                                      const std::vector<EvalDocument>& documents,
                                      const std::vector<std::optional<std::size_t>>& of_documents) {
  std::vector<GroupOutcome> outcomes;
  for (const RunGroup& group : groups) {
    if (outcomes.size() == kMostVerdicts) break;
    const TestValue test = test_of(group, documents, of_documents);
    const std::optional<Outcome> outcome =
        outcome_of(group, runs[group.runs.front()], test.value, test.uncertainty);
    if (outcome) outcomes.push_back({group.name, *outcome});
  }
  return outcomes;
}

std::string evaluations_html(const std::vector<ReportedRun>& runs,
                             const std::vector<EvalDocument>& documents,
                             const std::vector<std::optional<std::size_t>>& of_documents) {
  std::string html;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    html += evaluation_html(documents[i],
                            of_documents[i] ? runs[*of_documents[i]].name : documents[i].model,
                            fmt::format("evaluation{}", i));
  }
  return html;
}

std::string pictures_html(const std::vector<PicturePage>& pictures) {
  std::string html;
  for (const PicturePage& page : pictures) {
    html += fmt::format(
        "<h3>{0}</h3>\n<iframe sandbox=\"allow-scripts\" title=\"{0}\" srcdoc=\"{1}\"></iframe>\n",
        escaped(page.file), escaped_lines(page.html));
  }
  return html;
}

}  // namespace

PicturePage read_picture_page(const std::filesystem::path& file) {
  constexpr std::uint64_t kMostBytes = 1 << 28;
  PicturePage page{.file = file.string(), .html = read_file(file, ExitCode::data, kMostBytes)};
  check(is_page_of(page.html, kPicturesMaker), ExitCode::data,
        "'{}' is not a page that {} has written: make it with lockstep eval RUN --pictures "
        "FILE.html",
        file, kPicturesMaker);
  return page;
}

std::string report_html(const std::vector<ReportedRun>& runs,
                        const std::vector<EvalDocument>& documents,
                        const std::vector<PicturePage>& pictures, const PageOrigin& origin) {
  std::vector<RunScore> scores;
  for (const ReportedRun& run : runs) scores.push_back(score_of(run.history));
  const std::vector<RunGroup> groups = groups_of(runs, scores);
  const std::vector<std::optional<std::size_t>> of_documents = runs_of(documents, runs);
  const std::vector<GroupOutcome> outcomes = outcomes_of(runs, groups, documents, of_documents);
  std::string body = head_html(runs, groups, origin);
  body += section(runs.size() == 1 ? "Run" : "Runs", runs_table_html(runs, scores, groups));
  body += section("Configurations", groups_table_html(runs, groups),
                  "Runs that differ in the seed alone are one configuration; ± is the standard "
                  "deviation over them. Marked is what differs from most.");
  body += section("Curves", charts_html(runs, groups));
  if (!outcomes.empty()) body += section("Goal and gaps", outcomes_table_html(outcomes));
  body += section("What to try next", verdicts_html(outcomes));
  body += section("Evaluations", evaluations_html(runs, documents, of_documents));
  body +=
      section("Pictures", pictures_html(pictures),
              "In a frame of their own, which is not printed, as it would be cut: to print them, "
              "open their file.");
  body += section("Configs", configs_html(runs, groups));
  body += section("Provenance", provenance_html(runs),
                  "The best checkpoint of each run, else its newest.");
  return page(title_of(runs), body, "lockstep report");
}

}  // namespace lockstep
