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
    std::string printed;
    const auto print = [&](std::string_view part) { printed += part; };
    print_history(run, view, style, print);
    print_histories({run, run}, view, style, print);
    expect(printed.find('\x1b') == std::string::npos, "nothing acts on a terminal");
    expect(text_of(run.history.unreadable).find('\x1b') == std::string::npos,
           "nothing acts on a terminal");
    (void)MetricsEvents(0).of_text(text);
    // All that there is, whatever fits.
    const MetricsTable& lines = lines_of(run.history, view);
    const HistoryTable table(lines, 0, known_columns(lines, "accuracy"));
    for (std::size_t i = 0; i < lines.size(); ++i) (void)table.row(lines, i);
    expect(lines.same_lines(lines) == lines.size(), "a table is like itself");
  });
  return 0;
}
