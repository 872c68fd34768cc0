#include "launcher/doctor/machine_checks.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "launcher/report/bytes_text.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;

Finding finding(std::string name, Verdict verdict, std::string why, std::string remedy) {
  return {CheckedPart::machine, std::move(name), verdict, std::move(why), std::move(remedy)};
}

Finding check_gpu(const GpuFacts& gpu) {
  const auto found = [](Verdict verdict, std::string why, std::string remedy = {}) {
    return finding("gpu", verdict, std::move(why), std::move(remedy));
  };
  if (!gpu.problem.empty()) {
    return found(Verdict::fail, gpu.problem,
                 "update the driver, or train on the CPU (train.device=cpu)");
  }
  if (!gpu.names.empty()) {
    return found(Verdict::pass,
                 fmt::format("{}: {}", gpu.names.size(), fmt::join(gpu.names, ", ")));
  }
  if (!gpu.has_driver) return found(Verdict::pass, "none: training is on the CPU");
  if (gpu.cuda.empty()) {
    return found(Verdict::warn, "NVIDIA's driver is here, and this program is built without CUDA",
                 "build it with CUDA (docs/installing.md) to train on the GPU");
  }
  return found(Verdict::warn, "NVIDIA's driver is here, and this process sees no GPU",
               "look at `nvidia-smi -L` and CUDA_VISIBLE_DEVICES; in a job ask for GPUs, in a "
               "container start it with --gpus all");
}

/// "12.8" of CUDA's 12080.
std::string cuda_text(std::int64_t version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

/// "2.27.3" of NCCL's 22703.
std::string nccl_text(std::int64_t version) {
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

Finding check_cuda(const GpuFacts& gpu) {
  if (gpu.cuda.empty()) {
    return finding("cuda", Verdict::pass, "this program is built without CUDA and NCCL", {});
  }
  const auto version = [&](const char* name) {
    const auto found = gpu.cuda.find(name);
    return found == gpu.cuda.end() ? 0 : found->second;
  };
  const std::int64_t driver = version("cuda_driver"), runtime = version("cuda_runtime"),
                     nccl = version("nccl");
  const bool is_used = !gpu.names.empty();
  const bool is_old = driver / 1000 < runtime / 1000;
  const bool lacks_nccl = gpu.names.size() > 1 && nccl == 0;
  std::string why = fmt::format(
      "{}, the program has CUDA {}, NCCL {}",
      driver == 0 ? "no driver of NVIDIA" : "the driver runs CUDA up to " + cuda_text(driver),
      cuda_text(runtime), nccl_text(nccl));
  return finding("cuda", verdict_of(is_used && (is_old || lacks_nccl), is_used && driver < runtime),
                 std::move(why),
                 lacks_nccl ? "install NCCL (docs/installing.md)"
                            : "update NVIDIA's driver to one for this CUDA");
}

Finding check_mpi(const MachineFacts& facts) {
  const bool fails = facts.mpirun.empty() || facts.mpi.empty();
  return finding("mpi", verdict_of(fails, false),
                 fails ? facts.mpirun_problem : fmt::format("{}, {}", facts.mpi, facts.mpirun),
                 "install Open MPI (docs/installing.md), or name its mpirun by LOCKSTEP_MPIRUN; "
                 "one rank needs none");
}

Finding check_pmix(const MachineFacts& facts) {
  return finding("pmix", verdict_of(false, facts.pmix.empty() && facts.has_slurm),
                 facts.pmix.empty() ? "no libpmix.so.2" : facts.pmix,
                 "install PMIx: `srun --mpi=pmix` starts ranks by it; `mpirun` in the job does "
                 "without");
}

Finding check_cores(const MachineFacts& facts) {
  return finding(
      "cores", verdict_of(false, facts.cores == 1 && facts.processors > 2),
      fmt::format("{} for this process, of {} processors", facts.cores, facts.processors),
      "ask for more (Slurm: --cpus-per-task; a container: --cpus; taskset): one core "
      "prepares images while another computes");
}

Finding check_memory(const MachineFacts& facts) {
  return finding("memory", verdict_of(facts.memory < kGiB / 2, facts.memory < 2 * kGiB),
                 bytes_text(facts.memory) + " free",
                 "end other programs, or ask for more memory (Slurm: --mem)");
}

Finding check_shared_memory(const MachineFacts& facts) {
  return finding("/dev/shm", verdict_of(false, facts.shm.value_or(0) < 60 * kMiB),
                 facts.shm ? bytes_text(*facts.shm) + " free" : "it cannot be written to",
                 "several ranks exchange gradients there, and else by slower ways: start the "
                 "container with --shm-size=1g, and remove what is left in /dev/shm");
}

/// `limit`, or that there is none.
std::string limit_text(const std::optional<std::uint64_t>& limit, bool is_bytes) {
  if (!limit) return "no limit";
  return is_bytes ? bytes_text(*limit) : fmt::format("{}", *limit);
}

Findings check_limits(const MachineFacts& facts) {
  const auto below = [](const std::optional<std::uint64_t>& limit, std::uint64_t least) {
    return limit && *limit < least;
  };
  return {finding("open files", verdict_of(below(facts.nofile, 256), below(facts.nofile, 4096)),
                  limit_text(facts.nofile, false),
                  "each shard of a pack stays open: raise `ulimit -Hn` (limits.conf; a container: "
                  "--ulimit nofile=65536)"),
          finding("locked memory",
                  verdict_of(false, facts.has_infiniband && below(facts.memlock, 64 * kMiB)),
                  limit_text(facts.memlock, true) +
                      (facts.has_infiniband ? "" : "; nothing here needs it"),
                  "InfiniBand locks its buffers: `ulimit -l unlimited` (limits.conf; a container: "
                  "--ulimit memlock=-1)"),
          finding("stack", verdict_of(below(facts.stack, kMiB / 4), below(facts.stack, kMiB)),
                  limit_text(facts.stack, true), "`ulimit -s 8192`: threads have stacks so large")};
}

Finding check_clock(const MachineFacts& facts) {
  constexpr double kYear = 31'556'952;  // seconds
  constexpr double kUneven = 0.05;
  const double year = 1970 + facts.clock / kYear;
  const bool is_wrong = year < 2025 || year > 2100;
  const bool is_uneven = std::abs(facts.clock_speed - 1) > kUneven;
  return finding(
      "clock", verdict_of(is_wrong, is_uneven),
      is_wrong    ? fmt::format("it says that this is the year {:.0f}", std::floor(year))
      : is_uneven ? fmt::format("it went {:.2f} s in a second", facts.clock_speed)
                  : "right and steady",
      "set the time, and let NTP or chrony keep it: heartbeats, deadlines and times in files are "
      "taken from it");
}

}  // namespace

Findings check_machine(const MachineFacts& facts) {
  Findings all = {check_gpu(facts.gpu),      check_cuda(facts.gpu), check_mpi(facts),
                  check_pmix(facts),         check_cores(facts),    check_memory(facts),
                  check_shared_memory(facts)};
  const Findings limits = check_limits(facts);
  all.insert(all.end(), limits.begin(), limits.end());
  all.push_back(check_clock(facts));
  return all;
}

}  // namespace lockstep
