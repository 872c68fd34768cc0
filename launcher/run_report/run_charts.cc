#include "launcher/run_report/run_charts.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <span>

#include <fmt/format.h>

namespace lockstep {
namespace {

constexpr std::size_t kMostGroups = 12;

bool is_from_steps(const std::vector<const RunHistory*>& histories, const ChartKey& key) {
  return !key.of_steps.empty() && std::ranges::all_of(histories, [&](const RunHistory* history) {
    return history->steps.size() > 1 && history->steps.cell(0, key.of_steps);
  });
}

/// What a run says at a step.
struct StepValue {
  double step = 0;
  double epoch = 0;
  double value = 0;
};

/// Of all runs; steps rise.
std::vector<StepValue> values_by_step(const std::vector<const RunHistory*>& histories,
                                      const ChartKey& key) {
  const bool from_steps = is_from_steps(histories, key);
  const std::string& name = from_steps ? key.of_steps : key.of_epochs;
  std::vector<StepValue> values;
  for (const RunHistory* history : histories) {
    const MetricsTable& lines = from_steps ? history->steps : history->epochs;
    const MetricsColumn* const column = lines.column(name);
    if (column != nullptr) values.reserve(values.size() + lines.size());
    for (std::size_t i = 0; column != nullptr && i < lines.size(); ++i) {
      const std::optional<double> value = column->at(i);
      if (value) values.push_back({lines.number(i, "step"), lines.number(i, "epoch"), *value});
    }
  }
  if (!std::ranges::is_sorted(values, {}, &StepValue::step)) {
    std::ranges::stable_sort(values, {}, &StepValue::step);
  }
  return values;
}

/// Of what some runs say at one step.
CurvePoint point_of(std::span<const StepValue> at_step) {
  CurvePoint point{.x = at_step.back().epoch, .step = at_step.back().step};
  std::vector<double> finite;
  for (const StepValue& one : at_step) {
    if (std::isfinite(one.value)) finite.push_back(one.value);
  }
  if (const std::optional<Spread> spread = spread_of(finite)) {
    point.y = spread->mean;
    if (spread->count > 1) {
      point.low = spread->low;
      point.high = spread->high;
    }
  }
  return point;
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

struct Panel {
  std::string title;
  ChartKey key;
  bool is_percent = false;
  bool may_be_logarithmic = false;
};

std::vector<const RunHistory*> histories_of(const std::vector<ReportedRun>& runs,
                                            const RunGroup& group) {
  std::vector<const RunHistory*> histories;
  for (const std::size_t run : group.runs) {
    if (!runs[run].history.is_empty()) histories.push_back(&runs[run].history);
  }
  return histories;
}

std::vector<ChartMark> marks_of(const std::vector<ReportedRun>& runs,
                                const std::vector<RunGroup>& groups) {
  std::vector<ChartMark> marks;
  for (const RunGroup& group : groups) {
    for (const std::size_t i : group.runs) {
      const ReportedRun& run = runs[i];
      for (const std::int64_t step : run.restarts) {
        marks.push_back({epoch_at(run.history, static_cast<double>(step)),
                         fmt::format("{} continued from step {}", run.name, step)});
      }
      for (const RollbackLine& line : run.history.rollbacks) {
        marks.push_back({epoch_at(run.history, line.step),
                         fmt::format("{} rolled back to step {}", run.name, line.step)});
      }
    }
  }
  return marks;
}

/// Which line is which, and what a band is where there is one.
std::string legend_of(const std::vector<Curve>& lines, const std::vector<RunGroup>& groups) {
  const bool has_bands =
      std::ranges::any_of(groups, [](const RunGroup& group) { return group.runs.size() > 1; });
  return legend_html(lines, has_bands ? "of several runs: the mean, and a band from the least to "
                                        "the greatest"
                                      : "");
}

/// Of one group training and validation are two lines of one chart.
std::string charts_of_one(const std::vector<const RunHistory*>& histories, const RunGroup& group,
                          const std::vector<ChartMark>& marks) {
  const Metric& metric = group.score.metric;
  const auto draw = [&](CurveChart chart, const ChartKey& train, const ChartKey& valid) {
    chart.x_name = "epoch";
    chart.marks = marks;
    const bool has_valid = !valid.of_epochs.empty();
    chart.curves.push_back({has_valid ? "training" : chart.title, 0, points_of(histories, train)});
    if (has_valid) chart.curves.push_back({"validation", 1, points_of(histories, valid)});
    return chart_html(chart);
  };
  std::string html = draw({.title = "Loss", .x_name = "", .may_be_logarithmic = true},
                          {"loss", "train/loss"}, {"", "valid/loss"});
  if (metric.name != "loss") {
    html += draw({.title = capital(metric.title),
                  .x_name = "",
                  .is_percent = metric.format == Metric::Format::percent},
                 {metric.name, "train/" + metric.name}, {"", "valid/" + metric.name});
  }
  html += draw({.title = "Learning rate", .x_name = ""}, {"lr", "lr"}, {});
  html += draw({.title = "Images per second", .x_name = ""},
               {"images_per_second", "images_per_second"}, {});
  if (html.empty()) return {};
  return legend_of({{"training", 0}, {"validation", 1}}, {group}) + "<div class=\"charts\">\n" +
         html + "</div>\n";
}

std::vector<Panel> panels_of(const Metric& metric) {
  const bool is_percent = metric.format == Metric::Format::percent;
  std::vector<Panel> panels = {{"Validation loss", {"", "valid/loss"}, false, true},
                               {"Training loss", {"loss", "train/loss"}, false, true}};
  if (metric.name != "loss") {
    panels.insert(
        panels.begin(),
        {{"Validation " + metric.title, {"", "valid/" + metric.name}, is_percent},
         {"Training " + metric.title, {metric.name, "train/" + metric.name}, is_percent}});
  }
  panels.push_back({"Learning rate", {"lr", "lr"}});
  panels.push_back({"Images per second", {"images_per_second", "images_per_second"}});
  return panels;
}

std::string charts_of_many(const std::vector<ReportedRun>& runs,
                           const std::vector<RunGroup>& groups,
                           const std::vector<ChartMark>& marks) {
  std::string html;
  for (const Panel& panel : panels_of(groups.front().score.metric)) {
    CurveChart chart{.title = panel.title,
                     .x_name = "epoch",
                     .is_percent = panel.is_percent,
                     .may_be_logarithmic = panel.may_be_logarithmic,
                     .marks = marks};
    for (std::size_t i = 0; i < groups.size(); ++i) {
      chart.curves.push_back(
          {groups[i].name, i, points_of(histories_of(runs, groups[i]), panel.key)});
    }
    html += chart_html(chart);
  }
  if (html.empty()) return {};
  std::vector<Curve> lines;
  for (std::size_t i = 0; i < groups.size(); ++i) lines.push_back({groups[i].name, i});
  return legend_of(lines, groups) + "<div class=\"charts\">\n" + html + "</div>\n";
}

}  // namespace

std::vector<CurvePoint> points_of(const std::vector<const RunHistory*>& histories,
                                  const ChartKey& key) {
  const std::vector<StepValue> values = values_by_step(histories, key);
  std::vector<CurvePoint> points;
  points.reserve(values.size());
  std::size_t most = 0;  // of runs that are at least so far
  for (std::size_t end = values.size(); end > 0;) {
    std::size_t begin = end;
    while (begin > 0 && values[begin - 1].step == values[end - 1].step) --begin;
    most = std::max(most, end - begin);
    // Not of a step that one of them has not logged.
    if (end - begin == most) points.push_back(point_of({&values[begin], end - begin}));
    end = begin;
  }
  std::ranges::reverse(points);
  return points;
}

double epoch_at(const RunHistory& history, double step) {
  double at_step = 0, at_epoch = 0;
  double steps_per_epoch = 0;
  for (const MetricsTable* lines : {&history.steps, &history.epochs}) {
    for (std::size_t i = 0; i < lines->size(); ++i) {
      const double line_step = lines->number(i, "step"), line_epoch = lines->number(i, "epoch");
      if (line_epoch > 0) steps_per_epoch = line_step / line_epoch;
      if (line_step > step || line_step < at_step) continue;
      at_step = line_step;
      at_epoch = line_epoch;
    }
  }
  return steps_per_epoch > 0 ? at_epoch + (step - at_step) / steps_per_epoch : 0;
}

std::string charts_html(const std::vector<ReportedRun>& runs, const std::vector<RunGroup>& groups) {
  std::vector<RunGroup> drawn;
  for (const RunGroup& group : groups) {
    if (drawn.size() < kMostGroups && !histories_of(runs, group).empty()) drawn.push_back(group);
  }
  if (drawn.empty()) return {};
  const std::vector<ChartMark> marks = marks_of(runs, drawn);
  std::string html = drawn.size() == 1
                         ? charts_of_one(histories_of(runs, drawn[0]), drawn[0], marks)
                         : charts_of_many(runs, drawn, marks);
  if (html.empty()) return {};
  std::string note;
  if (drawn.size() < groups.size()) {
    note += fmt::format("The curves of {} of {} configurations, the best first. ", drawn.size(),
                        groups.size());
  }
  if (!marks.empty()) note += "A dotted vertical line: a run was restarted or rolled back there. ";
  if (!note.empty()) note = fmt::format("<p class=\"quiet\">{}</p>\n", note);
  return note + html;
}

}  // namespace lockstep
