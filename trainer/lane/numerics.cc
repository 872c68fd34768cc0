#include "trainer/lane/numerics.h"

#include <cstdlib>

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

#include "core/error.h"
#include "core/random.h"

namespace lockstep {
namespace {

/// Autocast to bf16 for one forward pass. The cache of cast weights must not outlive the weights'
/// values.
class Autocast {
 public:
  Autocast(at::DeviceType device, bool enabled) : device_(device), enabled_(enabled) {
    if (!enabled_) return;
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
  }
  ~Autocast() {
    if (!enabled_) return;
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(device_, false);
  }
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

}  // namespace

at::Tensor run_network(ImageModel& model, const at::Tensor& images, Precision precision) {
  const Autocast autocast(images.device().type(), precision == Precision::bf16);
  return model.forward(images).to(at::kFloat);
}

Precision resolve_precision(Precision precision, at::Device device, bool has_bf16) {
  check(precision != Precision::bf16 || device.is_cpu() || has_bf16, ExitCode::usage,
        "train.precision is bf16, but this GPU does not compute in it: set it to fp32 (a run that "
        "began in bf16: with --override; eval: --precision fp32)");
  if (precision != Precision::automatic) return precision;
  // A CPU computes bf16 fast only with the newest instructions, 13-17 times slower than fp32
  // without them.
  return has_bf16 ? Precision::bf16 : Precision::fp32;
}

bool cpu_computes_in_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0 || __builtin_cpu_supports("amx-bf16") != 0;
#else
  return true;  // unknown: no false alarm
#endif
}

std::string slow_precision(Precision precision, at::Device device, bool cpu_has_bf16) {
  if (precision != Precision::bf16 || !device.is_cpu() || cpu_has_bf16) return {};
  return "the precision is bf16, for which this CPU has no instructions: it takes up to 15 times "
         "as long as fp32";
}

std::int64_t failed_allocations(at::Device device) {
  if (device.is_cpu()) return 0;
  return at::getDeviceAllocator(device.type())->getDeviceStats(device.index()).num_ooms;
}

std::uint64_t peak_memory(at::Device device) {
  if (device.is_cpu()) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;  // Linux counts in KiB
  }
  const auto stats = at::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return static_cast<std::uint64_t>(stats.reserved_bytes[0].peak);  // 0: of all pools
}

void seed_lane(std::uint64_t seed, std::int64_t step, int lane) {
  at::manual_seed(random_bits(seed, RandomPurpose::lane, static_cast<std::uint64_t>(step),
                              static_cast<std::uint64_t>(lane)));
}

void make_deterministic(int threads) {
  // cuBLAS reads it when its first handle is made; a user's own choice stands.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(
      false);  // a debugging aid that writes every new tensor twice
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuDNN(false);
  context.setAllowTF32CuBLAS(false);
  at::set_num_threads(threads);
}

}  // namespace lockstep
