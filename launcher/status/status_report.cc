#include "launcher/status/status_report.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "analysis/figure_text.h"
#include "core/printable.h"

namespace lockstep {
namespace {

constexpr double kSilent = 10;  // seconds; a rank writes twice in one

std::string text_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

std::string number_in(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->dump() : "?";
}

template <typename T>
nlohmann::json or_null(const std::optional<T>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json to_json(const RunHolder& holder) {
  return {{"host", holder.host},
          {"pid", holder.pid},
          {"job", holder.job},
          {"restarts", holder.restarts},
          {"since", holder.since}};
}

nlohmann::json to_json(const Heartbeats& ranks) {
  nlohmann::json list = nlohmann::json::array();
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    if (!ranks[rank]) continue;
    list.push_back({{"rank", rank},
                    {"host", ranks[rank]->host},
                    {"step", ranks[rank]->step},
                    {"phase", ranks[rank]->phase},
                    {"done", ranks[rank]->done}});
  }
  return list;
}

nlohmann::json job_json(const RunStatus& status) {
  if (status.job.empty()) return {};
  nlohmann::json json = {{"id", status.job}};
  if (!status.queued) return json;
  json["state"] = status.queued->state;
  json["reason"] = status.queued->reason;
  json["start"] = status.queued->start;
  json["time_left"] = status.queued->time_left;
  json["nodes"] = status.queued->nodes;
  return json;
}

std::string line(std::string_view name, const std::string& text) {
  return fmt::format("  {:<12}{}\n", name, text);
}

std::string_view state_text(RunState state) {
  switch (state) {
    case RunState::unstarted:
      return "has not been started yet";
    case RunState::queued:
      return "waits in Slurm's queue";
    case RunState::starting:
      return "its job has begun, the training not yet";
    case RunState::running:
      return "runs";
    case RunState::stopping:
      return "is about to stop";
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped; started again, it continues";
    case RunState::failed:
      return "failed";
    case RunState::killed:
      return "was killed; started again, it continues";
  }
  return "";
}

std::string head(const RunStatus& status) {
  const bool is_of_holder = status.is_running || status.state == RunState::killed;
  return fmt::format(
      "{}: {}{}\n", printable(status.run.string()), state_text(status.state),
      is_of_holder && status.holder ? fmt::format(" ({})", to_text(*status.holder)) : "");
}

std::string job_text(const RunStatus& status) {
  std::string text = printable(status.job);
  if (!status.queued) return text + " (Slurm says nothing of it)";
  const QueuedJob& job = *status.queued;
  text += fmt::format(" {}", printable(job.state));
  if (stage_of(job) == JobStage::waiting) {
    return text +
           fmt::format(" ({}), start expected: {}", printable(job.reason), printable(job.start));
  }
  if (stage_of(job) == JobStage::ended) return text;
  return text + fmt::format(", {} left of its time limit, on {}", printable(job.time_left),
                            printable(job.nodes));
}

std::string ranks_text(const RunStatus& status) {
  std::set<std::string> hosts;
  std::map<std::string, int> phases;
  for (const std::optional<Heartbeat>& rank : status.ranks) {
    if (!rank) continue;
    hosts.insert(printable(rank->host));
    ++phases[printable(rank->phase)];
  }
  constexpr std::size_t kMostHosts = 4;
  std::vector<std::string> shown(hosts.begin(), hosts.end());
  if (shown.size() > kMostHosts) {
    shown.resize(kMostHosts);
    shown.push_back("...");
  }
  std::string text = fmt::format("{} on {}", status.ranks.size(), fmt::join(shown, ", "));
  if (!is_under_way(status.state)) return text;
  const auto most =
      std::ranges::max_element(phases, {}, [](const auto& one) { return one.second; });
  if (most != phases.end()) text += fmt::format("; {}", most->first);
  const double silent =
      static_cast<double>(status.silent_for.value_or(std::chrono::seconds(0)).count());
  if (silent > kSilent) text += fmt::format("; no sign of life for {}", time_text(silent));
  return text;
}

std::string step_text(const RunProgress& progress) {
  std::string text = fmt::format("{}", progress.step);
  if (progress.steps > 0) text += fmt::format(" of {}", progress.steps);
  if (progress.steps > 0 && progress.epochs > 0) {
    text += fmt::format(" (epoch {:.2f} of {})", progress.epoch, progress.epochs);
  }
  return text;
}

std::string progress_lines(const RunStatus& status) {
  const RunProgress& progress = status.progress;
  const bool runs = status.state == RunState::running || status.state == RunState::stopping;
  std::string text;
  if (progress.step >= 0) text += line("step", step_text(progress));
  if (progress.loss) text += line("loss", fmt::format("{:.4g}", *progress.loss));
  if (progress.images_per_second) {
    text += line("rate", fmt::format("{:.0f} images/s", *progress.images_per_second));
  }
  if (progress.seconds_left && runs) {
    text += line("time left", "about " + time_text(*progress.seconds_left) + " of training");
  }
  return text;
}

/// The numbers of an epoch that people look for.
std::string epoch_text(const nlohmann::json& epoch) {
  std::string text;
  for (const auto& [name, value] : epoch.items()) {
    const bool is_metric = name.find('/') != std::string::npos && !name.ends_with("/count");
    if (!is_metric || !value.is_number()) continue;
    const double number = value.get<double>();
    if (may_be_obvious(name, number)) continue;
    text +=
        fmt::format("{}{} {}", text.empty() ? "" : ", ", printable(name), value_text(name, number));
  }
  return text;
}

std::string failure_text(const nlohmann::json& failure) {
  return fmt::format(
      "rank {} on {}, step {}, {}: {} (exit code {}, {})", number_in(failure, "rank"),
      text_in(failure, "host"), number_in(failure, "step"), text_in(failure, "phase"),
      text_in(failure, "message"), number_in(failure, "exit_code"), text_in(failure, "time"));
}

}  // namespace

nlohmann::json to_json(const RunStatus& status) {
  const RunProgress& progress = status.progress;
  nlohmann::json json = {
      {"run", status.run.string()},
      {"state", name_of(status.state)},
      {"holder", status.holder ? to_json(*status.holder) : nlohmann::json()},
      {"ranks", to_json(status.ranks)},
      {"silent_seconds",
       status.silent_for ? nlohmann::json(status.silent_for->count()) : nlohmann::json()},
      {"step", progress.step >= 0 ? nlohmann::json(progress.step) : nlohmann::json()},
      {"steps", progress.steps > 0 ? nlohmann::json(progress.steps) : nlohmann::json()},
      {"epoch", progress.steps > 0 ? nlohmann::json(progress.epoch) : nlohmann::json()},
      {"epochs", progress.epochs > 0 ? nlohmann::json(progress.epochs) : nlohmann::json()},
      {"loss", or_null(progress.loss)},
      {"images_per_second", or_null(progress.images_per_second)},
      {"seconds_left", or_null(progress.seconds_left)},
      {"metrics", status.epoch},
      {"failure", status.failure},
      {"job", job_json(status)},
      {"output",
       status.output.empty() ? nlohmann::json() : nlohmann::json(status.output.string())}};
  json["checkpoint"] = nullptr;
  if (status.checkpoint) {
    json["checkpoint"] = {{"step", status.checkpoint->step},
                          {"directory", status.checkpoint->directory.string()},
                          {"age_seconds", status.checkpoint->age.count()}};
  }
  json["stop"] = nullptr;
  if (status.stop) {
    json["stop"] = {
        {"user", status.stop->user}, {"host", status.stop->host}, {"time", status.stop->time}};
  }
  return json;
}

std::string to_text(const RunStatus& status) {
  std::string text = head(status);
  if (!status.job.empty()) text += line("Slurm job", job_text(status));
  if (!status.ranks.empty()) text += line("ranks", ranks_text(status));
  text += progress_lines(status);
  if (status.epoch.is_object()) {
    text += line("epoch " + number_in(status.epoch, "epoch"), epoch_text(status.epoch));
  }
  if (status.checkpoint) {
    text += line("checkpoint",
                 fmt::format("step {}, {} ago", status.checkpoint->step,
                             time_text(static_cast<double>(status.checkpoint->age.count()))));
  }
  if (!status.failure.is_null()) text += line("failure", failure_text(status.failure));
  if (status.state == RunState::failed && status.failure.is_null()) {
    text += line("output", status.output.empty() ? "none: do the nodes see this directory?"
                                                 : printable(status.output.string()));
  }
  if (status.stop) text += line("stop", "asked for by " + to_text(*status.stop));
  return text;
}

std::string time_text(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  if (seconds < 2 * kMinute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * kHour) return fmt::format("{:.0f} min", seconds / kMinute);
  if (seconds < 2 * kDay) return fmt::format("{:.1f} h", seconds / kHour);
  return fmt::format("{:.1f} days", seconds / kDay);
}

}  // namespace lockstep
