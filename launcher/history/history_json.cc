#include "launcher/history/history_json.h"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/printable.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

/// On one line; a terminal that shows it does not act on it.
std::string text_of(const Json& json) {
  return printable_lines(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// The items of a list, each on a line of its own.
class ListText {
 public:
  std::string item(const Json& json) {
    const char* const before = std::exchange(is_first_, false) ? "\n        " : ",\n        ";
    return before + text_of(json);
  }

 private:
  bool is_first_ = true;
};

void print_run(const std::filesystem::path& run, const TextSink& print) {
  print(fmt::format("\n    {{\n      \"run\": {},\n      \"steps\": [", text_of(run.string())));
  ListText steps, epochs, rollbacks;
  std::string epoch_lines, rollback_lines;  // there are few
  const UnreadableLines unreadable = visit_metrics(run, [&](MetricsLine&& line) {
    if (line.kind == MetricsKind::step) print(steps.item(line.json));
    if (line.kind == MetricsKind::epoch) epoch_lines += epochs.item(line.json);
    if (line.kind == MetricsKind::rollback) rollback_lines += rollbacks.item(line.json);
    return true;
  });
  print("],\n      \"epochs\": [");
  print(epoch_lines);
  print("],\n      \"rollbacks\": [");
  print(rollback_lines);
  print(
      fmt::format("],\n      \"unreadable\": {}\n    }}", text_of({{"count", unreadable.count},
                                                                   {"first_line", unreadable.first},
                                                                   {"why", unreadable.why}})));
}

}  // namespace

void print_json(const std::vector<std::filesystem::path>& runs, const TextSink& print) {
  print("{\n  \"runs\": [");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i > 0) print(",");
    print_run(runs[i], print);
  }
  print("\n  ]\n}\n");
}

}  // namespace lockstep
