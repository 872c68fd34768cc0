#include "launcher/history/history_report.h"
#include "launcher/tensorboard/metrics_events.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

/// What `lockstep log` shows of a metrics.jsonl that anybody who may write to it can change, and
/// what an event file is made of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const TextStyle style{.columns = input.byte(), .is_utf8 = input.byte() % 2 == 1};
  const HistoryView view{
      .lines = input.byte() % 2 == 0 ? HistoryLines::epochs : HistoryLines::steps,
      .last = input.byte()};
  const std::string_view text = input.rest_text();
  parse_input([&] {
    const NamedHistory run{"run", history_of(text)};
    (void)to_json({run}).dump();
    const std::string one = history_text(run, view, style),
                      two = histories_text({run, run}, view, style);
    expect((one + two).find('\x1b') == std::string::npos, "nothing acts on a terminal");
    (void)MetricsEvents(0).of_text(text);
    // All that there is, whatever fits.
    const std::vector<nlohmann::json> lines = lines_of(run.history, view);
    const HistoryTable table(lines, known_columns(lines, "accuracy"));
    for (const nlohmann::json& line : lines) (void)table.row(line);
  });
  return 0;
}
