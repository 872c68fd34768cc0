#include <algorithm>

#include "launcher/history/restarts.h"
#include "launcher/run_report/report_page.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) ++count;
  return count;
}

}  // namespace

/// The page that `lockstep report` makes of metrics, a log and an evaluation that anybody who may
/// write to them can change. A line of "---" is between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = FuzzInput(data, size).rest_text();
  const auto part = [&] {
    constexpr std::string_view kBetween = "\n---\n";
    const std::string_view text = rest.substr(0, rest.find(kBetween));
    rest.remove_prefix(std::min(text.size() + kBetween.size(), rest.size()));
    return text;
  };
  const std::string_view metrics = part(), log = part(), evaluation = part();
  ReportedRun run{.name = std::string(log.substr(0, log.find('\n')))};
  run.settings = {{"data.pack", run.name}};
  run.history = history_of(metrics);
  run.restarts = restarts_of(log);
  ReportedRun other = run;
  other.settings[0].second = "other";
  std::vector<EvalDocument> documents;
  parse_input([&] { documents.push_back(parse_eval_document(evaluation, "eval.json")); });
  parse_input([&] {
    for (const auto& runs : {std::vector{run}, std::vector{run, run, other}}) {
      const std::string html = report_html(runs, documents, {}, {.version = "0", .time = "0"});
      expect(count_of(html, "<script") == 1, "nothing but the page's own is a script");
      expect(html.find('\x1b') == std::string::npos, "nothing acts on a terminal");
    }
  });
  return 0;
}
