#include "launcher/rank/environment.h"

#include <fstream>
#include <string>
#include <vector>

#include <ATen/Version.h>
#include <fmt/ranges.h>
#include <torch/version.h>

#include "comm/device/cuda_device.h"
#include "launcher/rank/version.h"

namespace lockstep {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

nlohmann::json describe_environment(const std::string& device, int threads) {
  nlohmann::json environment = {{"lockstep", kVersion},
                                {"libtorch", TORCH_VERSION},
                                {"device", device},
                                {"cpu", cpu_model()},
                                {"cpu_capability", at::get_cpu_capability()},
                                {"threads", threads}};
  if (device != "cpu") environment.update(cuda_versions());
  return environment;
}

std::string environment_changes(const nlohmann::json& before, const nlohmann::json& now) {
  nlohmann::json all = before;
  all.update(now);
  std::vector<std::string> changes;
  for (const auto& [key, either] : all.items()) {
    const nlohmann::json was = before.value(key, nlohmann::json());
    const nlohmann::json is = now.value(key, nlohmann::json());
    if (was != is) changes.push_back(fmt::format("{} {} -> {}", key, was.dump(), is.dump()));
  }
  return fmt::format("{}", fmt::join(changes, ", "));
}

}  // namespace lockstep
