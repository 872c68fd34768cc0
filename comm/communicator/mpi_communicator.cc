#include "comm/communicator/mpi_communicator.h"

#include <algorithm>
#include <cassert>

#include "comm/communicator/mpi_error.h"
#include "comm/communicator/topology.h"
#include "core/error.h"
#include "core/process/pulse.h"

namespace lockstep {
namespace {

/// A communicator of our own, freed at the end.
class UniqueComm {
 public:
  UniqueComm() = default;
  ~UniqueComm() {
    if (comm_ != MPI_COMM_NULL) MPI_Comm_free(&comm_);
  }
  UniqueComm(const UniqueComm&) = delete;
  UniqueComm& operator=(const UniqueComm&) = delete;

  MPI_Comm get() const { return comm_; }
  MPI_Comm* out() { return &comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

int rank_in(MPI_Comm comm) {
  int rank = 0;
  check_mpi(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
  return rank;
}

/// Collective. Machines are those whose processes can share memory.
Topology find_topology(int declared_nodes) {
  const int rank = rank_in(MPI_COMM_WORLD);
  int size = 0;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &size), "MPI_Comm_size");
  UniqueComm machine;
  check_mpi(
      MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, machine.out()),
      "MPI_Comm_split_type");
  int lowest = rank;
  check_mpi(MPI_Bcast(&lowest, 1, MPI_INT, 0, machine.get()), "MPI_Bcast");
  const int parts = std::max(1, declared_nodes);
  const int key = lowest * parts + rank % parts;
  std::vector<int> keys(size);  // equal on the processes of one node
  check_mpi(MPI_Allgather(&key, 1, MPI_INT, keys.data(), 1, MPI_INT, MPI_COMM_WORLD),
            "MPI_Allgather");
  Topology topology = order_by_node(keys, rank);
  topology.machine_rank = rank_in(machine.get());
  return topology;
}

class MpiCommunicator final : public Communicator {
 public:
  explicit MpiCommunicator(const MpiOptions& options) : max_bytes_(options.max_message_bytes) {
    assert(max_bytes_ > 0 && max_bytes_ % sizeof(std::int64_t) == 0);
    topology_ = find_topology(options.declared_nodes);
    check_mpi(MPI_Comm_split(MPI_COMM_WORLD, 0, topology_.rank, comm_.out()), "MPI_Comm_split");
    check_mpi(MPI_Comm_set_errhandler(comm_.get(), MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }

  const Topology& topology() const override { return topology_; }

  void barrier() override {
    const WaitsForRanks waits("a barrier");
    check_mpi(MPI_Barrier(comm_.get()), "MPI_Barrier");
  }

  void broadcast(std::span<std::byte> data, int root) override {
    const WaitsForRanks waits("a broadcast", data.size());
    for_each_piece(data, [&](std::span<std::byte> piece) {
      check_mpi(MPI_Bcast(piece.data(), count(piece), MPI_BYTE, root, comm_.get()), "MPI_Bcast");
    });
  }

  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    const WaitsForRanks waits("a gathering", mine.size());
    assert(all.size() == mine.size() * size());
    const std::span<std::byte> my_place = all.subspan(mine.size() * rank(), mine.size());
    const bool in_place = my_place.data() == mine.data();
    if (mine.size() <= max_bytes_) {
      check_mpi(MPI_Allgather(in_place ? MPI_IN_PLACE : mine.data(), count(mine), MPI_BYTE,
                              all.data(), count(mine), MPI_BYTE, comm_.get()),
                "MPI_Allgather");
      return;
    }
    if (!in_place) std::copy(mine.begin(), mine.end(), my_place.begin());
    for (int root = 0; root < size(); ++root)
      broadcast(all.subspan(mine.size() * root, mine.size()), root);
  }

  void all_reduce_sum(std::span<std::int64_t> data) override { all_reduce(data, MPI_INT64_T); }
  void all_reduce_sum(std::span<float> data) override { all_reduce(data, MPI_FLOAT); }

  void exchange(std::span<const Outgoing> sends, std::span<const Incoming> receives) override {
    const WaitsForRanks waits("an exchange");
    std::vector<MPI_Request> requests;
    const auto start = [&](auto piece, int peer, auto mpi_function, const char* call) {
      requests.emplace_back();
      check_mpi(mpi_function(piece.data(), count(piece), MPI_BYTE, peer, kTag, comm_.get(),
                             &requests.back()),
                call);
    };
    for (const Incoming& in : receives) {
      for_each_piece(in.data, [&](auto piece) { start(piece, in.from, MPI_Irecv, "MPI_Irecv"); });
    }
    for (const Outgoing& out : sends) {
      for_each_piece(out.data, [&](auto piece) { start(piece, out.to, MPI_Isend, "MPI_Isend"); });
    }
    check_mpi(MPI_Waitall(static_cast<int>(requests.size()), requests.data(), MPI_STATUSES_IGNORE),
              "MPI_Waitall");
  }

  [[noreturn]] void abort(int exit_code) override {
    MPI_Abort(MPI_COMM_WORLD, exit_code);
    std::_Exit(exit_code);
  }

 private:
  static constexpr int kTag = 0;

  template <typename T>
  static int count(std::span<T> piece) {
    return static_cast<int>(piece.size());
  }

  /// Calls `action` on consecutive pieces of at most max_bytes_.
  template <typename T, typename Action>
  void for_each_piece(std::span<T> data, const Action& action) const {
    const std::size_t most = max_bytes_ / sizeof(T);
    for (; !data.empty(); data = data.subspan(std::min(most, data.size()))) {
      action(data.first(std::min(most, data.size())));
    }
  }

  template <typename T>
  void all_reduce(std::span<T> data, MPI_Datatype type) {
    const WaitsForRanks waits(type == MPI_FLOAT ? "a sum of floats" : "a sum of integers",
                              data.size_bytes());
    for_each_piece(data, [&](std::span<T> piece) {
      check_mpi(MPI_Allreduce(MPI_IN_PLACE, piece.data(), count(piece), type, MPI_SUM, comm_.get()),
                "MPI_Allreduce");
    });
  }

  std::size_t max_bytes_;
  Topology topology_;
  UniqueComm comm_;
};

}  // namespace

std::unique_ptr<Communicator> make_mpi_communicator(const MpiOptions& options) {
  int initialized = 0;
  MPI_Initialized(&initialized);
  assert(initialized);
  return std::make_unique<MpiCommunicator>(options);
}

}  // namespace lockstep
