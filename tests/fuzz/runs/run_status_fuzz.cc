#include "core/file.h"
#include "launcher/config/array_indices.h"
#include "launcher/status/status_report.h"
#include "launcher/status/submitted_jobs.h"
#include "tests/fuzz/fuzz_input.h"

using namespace lockstep;

namespace {

void show(const RunStatus& status) {
  (void)to_json(status).dump();
  (void)to_text(status);
}

void show_metrics(const NewestMetrics& metrics) {
  RunStatus status{.run = "run", .state = RunState::running};
  status.progress = progress_of(metrics, {.epochs = 3, .global_batch = 32, .live_step = 5});
  status.epoch = metrics.epoch;
  show(status);
}

}  // namespace

/// What `lockstep status` and whoever takes over a run read of it, in files that anybody who may
/// write to it can change.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::uint8_t file = input.byte() % 4;
  const std::string_view text = input.rest_text();
  parse_input([&] {
    switch (file) {
      case 0:
        if (const auto holder = decode_holder(text)) {
          expect(decode_holder(encode(*holder)) == holder, "a holder is read as it was written");
          show({.run = "run", .state = RunState::running, .holder = holder});
        }
        break;
      case 1:
        for (const SubmittedJob& job : parse_submitted_jobs(text)) {
          expect(is_job_id(job.job), "a job has an id that Slurm can read");
          (void)array_indices(job.array);
        }
        break;
      case 2:
        show_metrics(newest_metrics(text));
        break;
      default:
        write_input(fuzz_folder() / kStopFile, std::as_bytes(std::span(text)));
        const auto order = read_stop_order(fuzz_folder());
        expect(order.has_value(), "a file is an order");
        expect(to_text(*order).find('\n') == std::string::npos, "an order is told in one line");
    }
  });
  return 0;
}
