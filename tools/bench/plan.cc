// What a rank of a very large job plans and holds, by the code that `lockstep train` runs, on one
// core and without the other ranks:
//     bench_plan [--json]
// 8 ranks a node, a lane of 16 samples each (in the reduction also 3 lanes), ResNet-50.
// docs/scaling.md has the numbers.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <string>
#include <time.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "checkpoint/agreement.h"
#include "checkpoint/format.h"
#include "comm/communicator/gather_texts.h"
#include "comm/device/device_identity.h"
#include "launcher/rank/rank_cpus.h"
#include "launcher/rank/stall_judge.h"
#include "models/make_model.h"
#include "sharding/feed/batch_plan.h"
#include "sharding/format/pack_manifest.h"
#include "sharding/read/pack.h"
#include "tests/temporary_directory.h"
#include "tools/bench/counted_step.h"
#include "trainer/lane/flat_model.h"
#include "trainer/step/rank_agreement.h"
#include "trainer/task/make_task.h"
#include "trainer/tensor_io.h"

namespace {

using namespace lockstep;

using Row = nlohmann::ordered_json;

constexpr int kRanksPerNode = 8;
constexpr int kBatch = 16;
constexpr std::uint64_t kImageBytes = 100'000;
constexpr std::uint64_t kShardBytes = std::uint64_t{1} << 30;  // as `lockstep pack` cuts

double heap_kib() {
  const auto info = ::mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd) / 1024;
}

/// A line of /proc/self/status, in MiB.
double status_mib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stod(line.substr(name.size() + 1)) / 1024;
  }
  return 0;
}

/// Of this thread, in microseconds: other processes do not count.
double cpu_us() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e6 * static_cast<double>(time.tv_sec) + 1e-3 * static_cast<double>(time.tv_nsec);
}

/// The least time of several runs of `make`, and the heap that its result holds.
template <typename Make>
void add_cost(Row& row, const std::string& name, const Make& make, int rounds = 5) {
  double least = 1e30, held = 0;
  for (int round = 0; round < rounds; ++round) {
    const double heap = heap_kib();
    const double begin = cpu_us();
    [[maybe_unused]] const auto result = make();  // held while the heap is looked at
    least = std::min(least, cpu_us() - begin);
    held = heap_kib() - heap;
  }
  row[name + " us"] = least;
  row[name + " KiB"] = held;
}

/// All ranks say what this one says.
class EchoCommunicator final : public Communicator {
 public:
  explicit EchoCommunicator(Topology topology) : topology_(std::move(topology)) {}
  const Topology& topology() const override { return topology_; }
  void barrier() override {}
  void broadcast(std::span<std::byte>, int) override {}
  void all_gather(std::span<const std::byte> mine, std::span<std::byte> all) override {
    const std::vector<std::byte> own(mine.begin(), mine.end());  // it may lie in `all`
    for (; !all.empty() && !own.empty(); all = all.subspan(own.size()))
      std::ranges::copy(own, all.begin());
  }
  void all_reduce_sum(std::span<std::int64_t>) override {}
  void all_reduce_sum(std::span<float>) override {}
  void exchange(std::span<const Outgoing>, std::span<const Incoming>) override {}
  [[noreturn]] void abort(int exit_code) override { std::_Exit(exit_code); }

 private:
  Topology topology_;
};

/// `rank` of `ranks`, 8 to a node as far as there are so many.
Topology topology_of(int ranks, int rank) {
  const int per_node = std::min(ranks, kRanksPerNode);
  return many_nodes(ranks / per_node, per_node, rank);
}

Row samples_row(std::uint64_t samples, int ranks, bool blocks) {
  Row row{{"samples", samples}, {"ranks", ranks}, {"order", blocks ? "block" : "full"}};
  const int rank = ranks - 1;
  const LaneRange own = lanes_of_rank(ranks, rank, ranks);
  TrainingBatchesOptions options{.samples = samples,
                                 .seed = 1,
                                 .batch = kBatch,
                                 .lanes = ranks,
                                 .first_lane = own.first,
                                 .last_lane = own.last};
  const auto make = [&] {
    options.order = blocks ? block_shuffle(samples, 1, {}) : full_shuffle(samples, 1);
    return training_batches(options);
  };
  add_cost(row, "plan", make);
  const BatchPlan plan = make();
  std::uint64_t k = 1;
  add_cost(
      row, "step", [&] { return plan(k++); }, 1000);
  return row;
}

std::vector<Row> samples_rows() {
  std::vector<Row> rows;
  for (const bool blocks : {false, true}) {
    for (const std::uint64_t samples :
         {100'000ull, 1'000'000ull, 10'000'000ull, 100'000'000ull, 1'000'000'000ull}) {
      for (const int ranks : {1, 64, 4096}) rows.push_back(samples_row(samples, ranks, blocks));
    }
  }
  return rows;
}

Row reduction_row(int ranks, int rank, int lanes_per_rank, std::int64_t elements) {
  Row row{{"ranks", ranks}, {"rank", rank}, {"lanes", ranks * lanes_per_rank}};
  const Topology topology = topology_of(ranks, rank);
  const int lanes = ranks * lanes_per_rank;
  add_cost(row, "plan", [&] { return ReductionPlan(lanes, topology); });
  const ReductionPlan plan(lanes, topology);
  const LaneReducerOptions options{.lanes = lanes, .elements = elements};
  add_cost(
      row, "reducer", [&] { return std::make_unique<CountedReducer>(topology, options); }, 1);
  CountedReducer reducer(topology, options);
  StepTraffic traffic;
  add_cost(
      row, "step", [&] { return traffic = reducer.step(); }, 3);
  const auto megabytes = [](std::int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
  row["partials"] = plan.node_partials(topology.node);
  row["peers"] = traffic.peers.size();
  row["messages"] = traffic.messages;
  row["to node MB"] = megabytes(traffic.sent_to_node);
  row["elsewhere MB"] = megabytes(traffic.sent_elsewhere);
  row["slices MB"] = megabytes(traffic.own_slices);
  row["link MB"] = megabytes(plan.bytes_between_nodes(elements));
  return row;
}

std::vector<Row> reduction_rows(std::int64_t elements) {
  std::vector<Row> rows;
  for (const int lanes_per_rank : {1, 3}) {
    for (const int ranks : {1, 8, 64, 512, 4096}) {
      std::vector<int> chosen = {0, ranks / 2, ranks - 1};
      chosen.erase(std::ranges::unique(chosen).begin(), chosen.end());
      for (const int rank : chosen) {
        rows.push_back(reduction_row(ranks, rank, lanes_per_rank, elements));
      }
    }
  }
  return rows;
}

/// What a rank does with what all ranks say, at the start and while it runs.
Row start_row(int ranks) {
  Row row{{"ranks", ranks}};
  add_cost(row, "topology", [&] { return topology_of(ranks, ranks / 2); });
  EchoCommunicator communicator(topology_of(ranks, ranks / 2));
  add_cost(row, "texts", [&] { return gather_texts(communicator, std::string(64, 'x')); });
  add_cost(row, "vote", [&] {
    do_together(communicator, [] {});
    return 0;
  });
  add_cost(row, "cores", [&] { return settle_on_cores(communicator, ""); });
  const at::Tensor lane = at::zeros({16});
  add_cost(row, "same bits", [&] {
    check_equal_on_all_ranks(lane, communicator);
    return 0;
  });
  std::vector<DeviceIdentity> devices(static_cast<std::size_t>(ranks));
  for (std::size_t i = 0; i < devices.size(); ++i) {
    devices[i].uuid = {static_cast<unsigned char>(i >> 8), static_cast<unsigned char>(i)};
  }
  add_cost(row, "devices", [&] {
    check_one_rank_per_device(devices);
    return 0;
  });
  const TemporaryDirectory run;
  HeartbeatBoard::reset(run.path());
  for (int rank = 0; rank < ranks; ++rank) {
    HeartbeatBoard(run.path(), rank, ranks)
        .write({.tick = 1, .host = "node0001", .pid = 12345, .pulse = {}, .phase = "computing"});
  }
  const HeartbeatBoard board(run.path(), 0, ranks);
  StallJudge judge(ranks, {.timeout = std::chrono::seconds(600), .period = std::chrono::seconds(8)},
                   StallJudge::Clock::now());
  add_cost(row, "board",
           [&] { return judge.judge(board.read(), StallJudge::Clock::now()).has_value(); });
  return row;
}

PackManifest manifest_of(std::uint64_t samples) {
  PackManifest manifest;
  manifest.encoding = Encoding::encoded;
  manifest.channels = 3;
  manifest.mean = manifest.std = {0.5, 0.5, 0.5};
  for (int i = 0; i < 1000; ++i) manifest.classes.push_back(fmt::format("class {:04}", i));
  manifest.input_digest = std::string(32, '0');
  SplitInfo& split =
      manifest.splits.emplace_back(SplitInfo{.name = "train", .samples = samples, .shards = {}});
  constexpr std::uint64_t per_shard = kShardBytes / kImageBytes;
  for (std::uint64_t left = samples; left > 0;) {
    const std::uint64_t here = std::min(left, per_shard);
    ShardInfo shard;
    shard.file = shard_file_name("train", split.shards.size());
    shard.samples = here;
    shard.bytes = {4096, here * kImageBytes};
    shard.index = {4096 + here * kImageBytes, here * manifest.label.record_bytes()};
    shard.size = shard.index.address + shard.index.size;
    shard.hash = shard.index_hash = shard.structure_hash = std::string(32, 'a');
    split.shards.push_back(std::move(shard));
    left -= here;
  }
  return manifest;
}

/// A split of a pack, opened: nothing of its images.
Row pack_row(std::uint64_t samples) {
  const TemporaryDirectory directory;
  PackManifest manifest = manifest_of(samples);
  write_pack_manifest(directory.path(), manifest);
  Row row{{"samples", samples}, {"shards", manifest.splits[0].shards.size()}};
  row["pack.json MB"] =
      static_cast<double>(std::filesystem::file_size(directory / kPackManifest)) / 1e6;
  row["index MB"] = static_cast<double>(samples * manifest.label.record_bytes()) / 1e6;
  manifest = {};
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << 5;  // VmHWM begins anew
  const double before = status_mib("VmRSS:");
  add_cost(
      row, "open",
      [&] {
        const Pack pack(directory.path());
        return std::pair(pack, pack.split("train"));
      },
      1);
  row["peak MiB"] = status_mib("VmHWM:") - before;
  return row;
}

/// ResNet-50 with a momentum, as docs/scaling.md counts it.
struct Network {
  std::int64_t parameters = 0;
  std::int64_t elements = 0;
  std::uint64_t checkpoint_bytes = 0;
};
Network network() {
  TaskSpec spec{.kind = TaskKind::classification, .names = {}, .target_mean = {}, .target_std = {}};
  for (int i = 0; i < 1000; ++i) spec.names.push_back(std::to_string(i));
  ModelOptions options;
  options.name = "resnet50";
  FlatModel model(
      make_model(options, {.channels = 3, .outputs = 1000, .height = 224, .width = 224}, 1),
      at::kCPU, make_task(spec)->tail().elements());
  return {model.parameter_count(), model.lane_elements(), checkpoint_bytes(model, 1, false)};
}

void print(const std::string& title, const std::vector<Row>& rows) {
  fmt::print("\n{}\n", title);
  const auto text = [](const Row& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
    return fmt::format("{:.2f}", value.get<double>());
  };
  for (const auto& [key, value] : rows.front().items()) fmt::print("{:>14}", key);
  fmt::print("\n");
  for (const Row& row : rows) {
    for (const auto& [key, value] : row.items()) fmt::print("{:>14}", text(value));
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  CLI::App app("What a rank of a very large job plans and holds");
  app.add_flag("--json", json, "One JSON object instead of tables");
  CLI11_PARSE(app, argc, argv);

  const Network resnet50 = network();
  std::vector<Row> starts, packs;
  for (const int ranks : {1, 8, 64, 512, 4096}) starts.push_back(start_row(ranks));
  for (const std::uint64_t samples :
       {1'000'000ull, 10'000'000ull, 100'000'000ull, 1'000'000'000ull}) {
    packs.push_back(pack_row(samples));
  }
  const Row checkpoint{{"parameters", resnet50.parameters},
                       {"elements", resnet50.elements},
                       {"files", 4},
                       {"writers", 1},
                       {"MB", static_cast<double>(resnet50.checkpoint_bytes) / 1e6}};
  const std::vector<std::pair<std::string, std::vector<Row>>> tables = {
      {"samples: the plan of an epoch, and the next step's ids", samples_rows()},
      {"reduction: the buffer of ResNet-50 over messages", reduction_rows(resnet50.elements)},
      {"start: what is made of what all ranks say", starts},
      {"pack: images of 100 kB in shards of 1 GiB", packs},
      {"checkpoint: ResNet-50 with momentum", {checkpoint}}};
  if (json) {
    Row all;
    for (const auto& [title, rows] : tables) all[title.substr(0, title.find(':'))] = rows;
    fmt::print("{}\n", all.dump(1));
    return 0;
  }
  for (const auto& [title, rows] : tables) print(title, rows);
}
