// The exact and the fast reduction beside a bare MPI_Allreduce: mpirun -n 2 bench_allreduce
// The three take turns within each round, so that whatever else the machine does meets all of them;
// medians over rounds of the slowest rank's time. Inputs are written anew before each, as backward
// does.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <mpi.h>
#include <vector>

#include <fmt/core.h>

#include "comm/communicator/mpi_communicator.h"
#include "comm/communicator/mpi_session.h"
#include "comm/reduction/make_lane_reducer.h"

namespace lockstep {
namespace {

constexpr std::int64_t kKiB = 1024 / sizeof(float);
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr int kWarmUp = 3;

/// Prepares an input, untimed; then what is timed.
struct Contender {
  std::function<void()> prepare;
  std::function<void()> run;
  std::vector<double> seconds;
};

Contender with_reducer(LaneReducer& reducer, int lane) {
  return {.prepare =
              [&reducer, lane] {
                at::Tensor slot = reducer.slots()[reducer.begin_lane(lane)];
                slot.fill_(static_cast<float>(lane + 1));
                reducer.end_lane(lane);
              },
          .run = [&reducer] { reducer.reduce(); },
          .seconds = {}};
}

double median_of_slowest(std::vector<double> seconds) {
  MPI_Allreduce(MPI_IN_PLACE, seconds.data(), static_cast<int>(seconds.size()), MPI_DOUBLE, MPI_MAX,
                MPI_COMM_WORLD);
  std::nth_element(seconds.begin(), seconds.begin() + std::ssize(seconds) / 2, seconds.end());
  return seconds[seconds.size() / 2];
}

void measure(Communicator& communicator, std::int64_t elements) {
  const int lanes = communicator.size();
  const auto exact = make_lane_reducer(
      communicator, {.kind = ReductionKind::exact, .lanes = lanes, .elements = elements});
  const auto fast = make_lane_reducer(
      communicator, {.kind = ReductionKind::fast, .lanes = lanes, .elements = elements});
  std::vector<float> input(elements), output(elements);
  Contender contenders[] = {
      with_reducer(*exact, communicator.rank()), with_reducer(*fast, communicator.rank()),
      Contender{.prepare = [&] { std::fill(input.begin(), input.end(), 1.0f); },
                .run =
                    [&] {
                      MPI_Allreduce(input.data(), output.data(), static_cast<int>(elements),
                                    MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD);
                    },
                .seconds = {}}};
  const auto rounds = static_cast<int>(std::clamp<std::int64_t>(200 * kMiB / elements, 15, 300));
  for (int round = 0; round < kWarmUp + rounds; ++round) {
    for (Contender& contender : contenders) {
      contender.prepare();
      communicator.barrier();
      const double start = MPI_Wtime();
      contender.run();
      if (round >= kWarmUp) contender.seconds.push_back(MPI_Wtime() - start);
    }
  }
  double medians[3];
  std::transform(std::begin(contenders), std::end(contenders), medians,
                 [](const Contender& contender) { return median_of_slowest(contender.seconds); });
  if (communicator.rank() != 0) return;
  fmt::print("{:>10} KiB  {:>10.3f}  {:>10.3f}  {:>13.3f}  {:>8.2f}x  {:>6}\n", elements / kKiB,
             1e3 * medians[0], 1e3 * medians[1], 1e3 * medians[2], medians[2] / medians[0], rounds);
}

}  // namespace
}  // namespace lockstep

int main() {
  const lockstep::MpiSession session;
  const auto communicator = lockstep::make_mpi_communicator();
  if (communicator->rank() == 0) {
    fmt::print("{} ranks; ms\n{:>14}  {:>10}  {:>10}  {:>13}  {:>9}  {:>6}\n", communicator->size(),
               "size", "exact", "fast", "MPI_Allreduce", "MPI/exact", "rounds");
  }
  for (std::int64_t kib : {4, 16, 64, 256, 1024, 4096, 10240, 25600, 51200, 102400}) {
    lockstep::measure(*communicator, kib * lockstep::kKiB);
  }
}
