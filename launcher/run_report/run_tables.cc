#include "launcher/run_report/run_tables.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/checked.h"
#include "launcher/page/escape.h"
#include "launcher/page/html_table.h"

namespace lockstep {
namespace {

HtmlCell cell_of(const std::optional<double>& value, const Metric& metric) {
  return value ? HtmlCell{metric.text_of(*value), value} : HtmlCell{};
}

HtmlCell cell_of(const std::optional<double>& value, const char* format) {
  return value ? HtmlCell{fmt::format(fmt::runtime(format), *value), value} : HtmlCell{};
}

std::string notes_of(const ReportedRun& run, const RunScore& score) {
  std::vector<std::string> notes;
  if (!run.config_problem.empty())
    notes.push_back("its config cannot be read: " + run.config_problem);
  if (!run.failure.empty()) notes.push_back(run.failure);
  if (score.broken_step) {
    notes.push_back(fmt::format("the loss is not a number at step {:.0f}", *score.broken_step));
  }
  if (run.history.unreadable.count > 0) {
    notes.push_back(text_of(run.history.unreadable));
  } else if (run.history.is_empty()) {
    notes.push_back("no metrics yet");
  }
  if (!run.restarts.empty()) notes.push_back(fmt::format("restarts: {}", run.restarts.size()));
  if (!run.history.rollbacks.empty()) {
    notes.push_back(fmt::format("rollbacks: {}", run.history.rollbacks.size()));
  }
  return fmt::to_string(fmt::join(notes, "; "));
}

/// The metric that the table is about: that of the best run.
const RunScore& leading(const std::vector<RunGroup>& groups) { return groups.front().score; }

std::vector<HtmlCell> row_of(const ReportedRun& run, const RunScore& score,
                             const RunScore& leader) {
  const Metric& metric = leader.metric;
  const bool is_comparable = score.metric.name == metric.name && score.split == leader.split;
  const auto of_metric = [&](const std::optional<double>& value) {
    return is_comparable ? cell_of(value, metric) : HtmlCell{};
  };
  return {{run.name},
          {std::string(name_of(run.state))},
          {run.seed, parse_number<double>(run.seed)},
          of_metric(score.best),
          cell_of(score.best_epoch, "{:g}"),
          of_metric(score.train),
          cell_of(score.train_loss, "{:.4g}"),
          cell_of(score.valid_loss, "{:.4g}"),
          cell_of(score.epochs, "{:.4g}"),
          cell_of(score.steps, "{:.0f}"),
          cell_of(score.images_per_second, "{:.0f}"),
          {notes_of(run, score)}};
}

std::string split_name(const std::string& split) {
  return split == "valid" ? "validation" : "training";
}

/// The value that most groups have; empty where there is none.
std::string usual_setting(const std::vector<ReportedRun>& runs, const std::vector<RunGroup>& groups,
                          const std::string& key) {
  std::map<std::string, std::size_t> counts;
  std::size_t known = 0;
  for (const RunGroup& group : groups) {
    const ReportedRun& run = runs[group.runs.front()];
    if (run.settings.empty()) continue;
    ++known;
    ++counts[setting_of(run, key)];
  }
  const auto most = std::ranges::max_element(
      counts, {}, [](const auto& value_and_count) { return value_and_count.second; });
  return 2 * most->second > known ? most->first : "";
}

/// Half of the interval of 95 %: of an accuracy by the number of samples, and of several runs by
/// their spread.
double valid_uncertainty(const RunGroup& group) {
  constexpr double kOf95 = 1.96;
  const RunScore& score = group.score;
  double uncertainty = 0;
  if (score.metric.name == "accuracy" && score.valid && score.valid_count.value_or(0) > 0) {
    const double part = std::clamp(*score.valid, 0.0, 1.0);
    uncertainty = kOf95 * std::sqrt(part * (1 - part) / *score.valid_count);
  }
  if (!group.valid || group.valid->count < 2) return uncertainty;
  const double of_runs =
      kOf95 * group.valid->deviation / std::sqrt(static_cast<double>(group.valid->count));
  return std::max(uncertainty, of_runs);
}

}  // namespace

std::string runs_table_html(const std::vector<ReportedRun>& runs,
                            const std::vector<RunScore>& scores,
                            const std::vector<RunGroup>& groups) {
  const RunScore& leader = leading(groups);
  HtmlTable table{
      .id = "runs",
      .columns = {{"run"},
                  {"state"},
                  {"seed", true},
                  {fmt::format("best {} {}", split_name(leader.split), leader.metric.title), true},
                  {"in epoch", true},
                  {"last training " + leader.metric.title, true},
                  {"training loss", true},
                  {"validation loss", true},
                  {"epochs", true},
                  {"steps", true},
                  {"images/s", true},
                  {"notes"}}};
  std::vector<std::size_t> order;
  for (const RunGroup& group : groups)
    order.insert(order.end(), group.runs.begin(), group.runs.end());
  std::ranges::stable_sort(order, [&](std::size_t one, std::size_t other) {
    const auto counts = [&](const RunScore& score) {
      return score.best && score.metric.name == leader.metric.name;
    };
    if (!counts(scores[one]) || !counts(scores[other]))
      return counts(scores[one]) && !counts(scores[other]);
    return leader.metric.is_better(*scores[one].best, *scores[other].best);
  });
  for (const std::size_t run : order) table.rows.push_back(row_of(runs[run], scores[run], leader));
  return table_html(table);
}

std::string groups_table_html(const std::vector<ReportedRun>& runs,
                              const std::vector<RunGroup>& groups) {
  if (groups.size() < 2) return {};
  const RunScore& leader = leading(groups);
  const std::vector<std::string> keys = differing_keys(runs);
  HtmlTable table{
      .id = "configurations",
      .columns = {
          {"configuration"},
          {"runs", true},
          {fmt::format("best {} {}", split_name(leader.split), leader.metric.title), true}}};
  std::vector<std::string> usual;
  for (const std::string& key : keys) {
    const bool is_number = std::ranges::all_of(groups, [&](const RunGroup& group) {
      return parse_number<double>(setting_of(runs[group.runs.front()], key)).has_value();
    });
    table.columns.push_back({key, is_number});
    usual.push_back(usual_setting(runs, groups, key));
  }
  for (const RunGroup& group : groups) {
    const ReportedRun& first = runs[group.runs.front()];
    std::vector<HtmlCell> row = {
        {group.name},
        {std::to_string(group.runs.size()), static_cast<double>(group.runs.size())},
        {}};
    if (group.best && group.score.metric.name == leader.metric.name) {
      row[2] = {text_of(*group.best, leader.metric), group.best->mean};
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::string value = first.settings.empty() ? "" : setting_of(first, keys[i]);
      const bool is_unusual = !usual[i].empty() && !value.empty() && value != usual[i];
      row.push_back({value, parse_number<double>(value), is_unusual});
    }
    table.rows.push_back(std::move(row));
  }
  return table_html(table);
}

std::optional<Outcome> outcome_of(const RunGroup& group, const ReportedRun& first,
                                  std::optional<double> test, double test_uncertainty) {
  if (!group.score.train) return std::nullopt;
  const bool is_chance_known = first.task && group.score.metric.name == "accuracy";
  return Outcome{.metric = group.score.metric,
                 .goal = first.goal,
                 .train = *group.score.train,
                 .train_is_evaluated = group.score.train_is_evaluated,
                 .valid = group.score.valid,
                 .test = test,
                 .chance = is_chance_known ? chance_of(*first.task) : std::nullopt,
                 .valid_uncertainty = valid_uncertainty(group),
                 .test_uncertainty = test_uncertainty,
                 .train_loss = group.score.train_trend,
                 .valid_loss = group.score.valid_trend};
}

std::string outcomes_table_html(const std::vector<GroupOutcome>& outcomes) {
  HtmlTable table{.id = "outcomes",
                  .columns = {{"configuration"},
                              {"metric"},
                              {"goal", true},
                              {"training", true},
                              {"validation", true},
                              {"test", true}}};
  bool is_while_trained = false;
  for (const auto& [name, outcome] : outcomes) {
    const Metric& metric = outcome.metric;
    table.rows.push_back({{name},
                          {metric.title},
                          cell_of(outcome.goal, metric),
                          cell_of(outcome.train, metric),
                          cell_of(outcome.valid, metric),
                          cell_of(outcome.test, metric)});
    is_while_trained = is_while_trained || !outcome.train_is_evaluated;
  }
  std::string note = "Of the last epoch; of several runs the mean.";
  if (is_while_trained) {
    note += " Training is measured while the model was trained; log.train_eval=1000 evaluates it.";
  }
  return table_html(table) + fmt::format("<p class=\"quiet\">{}</p>\n", note);
}

std::string verdicts_html(const std::vector<GroupOutcome>& outcomes) {
  std::string items;
  for (const auto& [name, outcome] : outcomes) {
    const std::vector<std::string> lines = verdict_lines(outcome);
    if (lines.empty()) continue;
    items += fmt::format("<li><strong>{}</strong>: {}</li>\n", escaped(name),
                         escaped(fmt::to_string(fmt::join(lines, " "))));
  }
  return items.empty() ? "" : fmt::format("<ul>\n{}</ul>\n", items);
}

std::string provenance_html(const std::vector<ReportedRun>& runs) {
  HtmlTable table{.columns = {{"run"},
                              {"checkpoint"},
                              {"step", true},
                              {"state digest"},
                              {"pack fingerprint"},
                              {"made by"}}};
  for (const ReportedRun& run : runs) {
    std::vector<HtmlCell> row = {{run.name}, {"none"}, {}, {}, {}, {}};
    if (!run.model.path.empty()) {
      std::vector<std::string> parts;
      for (const auto& [key, value] : run.environment) parts.push_back(key + " " + value);
      row = {{run.name},
             {run.model.path.filename().string()},
             {std::to_string(run.model.step), static_cast<double>(run.model.step)},
             {run.model.digest},
             {run.model.pack_fingerprint},
             {fmt::to_string(fmt::join(parts, ", "))}};
    }
    table.rows.push_back(std::move(row));
  }
  return table_html(table);
}

std::string configs_html(const std::vector<ReportedRun>& runs,
                         const std::vector<RunGroup>& groups) {
  std::string html;
  for (const RunGroup& group : groups) {
    const ReportedRun& run = runs[group.runs.front()];
    if (run.config.empty()) continue;
    html += fmt::format("<details><summary>{}</summary><pre>{}</pre></details>\n",
                        escaped(run.name), escaped_lines(run.config));
  }
  return html;
}

}  // namespace lockstep
