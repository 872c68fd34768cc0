#include "sharding/source/source_fault.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <tuple>

#include "core/csv.h"

namespace lockstep {
namespace {

constexpr std::string_view kHeader = "path,split,label,reason\r\n";
constexpr std::size_t kExamples = 3;

}  // namespace

std::uint64_t count_rejected(const std::vector<SourceFault>& faults) {
  return static_cast<std::uint64_t>(std::ranges::count_if(faults, is_rejected, &SourceFault::kind));
}

std::string reason(const SourceFault& fault) {
  std::string text(name_of(fault.kind));
  if (!fault.detail.empty()) text += fmt::format(": {}", fault.detail);
  return is_rejected(fault.kind) ? text : text + " (packed all the same)";
}

std::vector<std::string> summarize_faults(const std::vector<SourceFault>& faults) {
  std::map<FaultKind, std::vector<const SourceFault*>> kinds;
  for (const SourceFault& fault : faults) kinds[fault.kind].push_back(&fault);
  std::vector<std::string> lines;
  for (const auto& [kind, found] : kinds) {
    std::string line =
        fmt::format("{} {}: {}", is_rejected(kind) ? "rejected" : "packed all the same,",
                    found.size(), name_of(kind));
    for (std::size_t i = 0; i < std::min(found.size(), kExamples); ++i) {
      const SourceFault& fault = *found[i];
      line += message("{}{}{}{}", i == 0 ? " (" : "; ", fault.path,
                      fault.path.empty() || fault.detail.empty() ? "" : ": ", fault.detail);
    }
    lines.push_back(line + (found.size() > kExamples ? "; …)" : ")"));
  }
  return lines;
}

std::string faults_to_csv(std::vector<SourceFault> faults) {
  std::ranges::sort(faults, {}, [](const SourceFault& fault) {
    return std::tie(fault.path, fault.split, fault.label, fault.kind, fault.detail);
  });
  std::string text(kHeader);
  for (const SourceFault& fault : faults) {
    const std::array<std::string, 4> fields{fault.path, fault.split, fault.label, reason(fault)};
    append_csv_line(text, fields);
  }
  return text;
}

bool is_rejected_file(const std::filesystem::path& path) {
  std::string start(kHeader.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(start.data(), static_cast<std::streamsize>(start.size())) && start == kHeader;
}

}  // namespace lockstep
