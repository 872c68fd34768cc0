#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "comm/communicator/topology.h"

namespace lockstep {

/// One message of Communicator::exchange.
struct Outgoing {
  int to = 0;
  std::span<const std::byte> data;
};
struct Incoming {
  int from = 0;
  std::span<std::byte> data;
};

/// The ranks of a job, on host memory. One object per process; not for use from two threads at
/// once. Every member but topology() and abort() is a collective: every rank calls it, in the same
/// order.
///
///     std::array<std::int64_t, 1> stops = {stop_requested ? 1 : 0};
///     communicator.all_reduce_sum(std::span<std::int64_t>(stops));
///     if (communicator.rank() == 0) report(stops[0]);
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual const Topology& topology() const = 0;
  int rank() const { return topology().rank; }
  int size() const { return topology().size; }

  virtual void barrier() = 0;
  /// Fills `data` on every rank with the root's; the same size everywhere.
  virtual void broadcast(std::span<std::byte> data, int root) = 0;
  /// `all` [size x mine.size()] receives every rank's `mine`, in rank order. `mine` may be its own
  /// place in `all`.
  virtual void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) = 0;
  /// Element-wise sums, in place. Integers are exact; the float sum is the library's own order (see
  /// LaneReducer).
  virtual void all_reduce_sum(std::span<std::int64_t> data) = 0;
  virtual void all_reduce_sum(std::span<float> data) = 0;
  /// Sends and receives at once. Messages from one rank to another arrive in the order of both
  /// lists, with equal sizes; nobody sends to itself. Collective in the sense that the other side
  /// calls it too.
  virtual void exchange(std::span<const Outgoing> sends, std::span<const Incoming> receives) = 0;
  /// Ends every process of the job at once with this exit code. Not collective: any rank, any time.
  [[noreturn]] virtual void abort(int exit_code) = 0;
};

/// A job of one process: no launcher, no MPI call.
std::unique_ptr<Communicator> make_single_communicator();

}  // namespace lockstep
