#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/names.h"

namespace lockstep {

/// What can be wrong with one sample of a source.
enum class FaultKind {
  missing_file,
  outside_source,  ///< a path that leaves SOURCE
  empty_file,
  too_large,
  not_an_image,
  unsupported,  ///< an image of a kind that is not read
  undecodable,
  wrong_extension,  ///< a good image of another kind than its name says: it is packed
  odd_range,        ///< values that use little of their 16 bits, or too much: it is packed
  malformed_row,
  duplicate_row,
  conflicting_rows,
  no_label,
  bad_target,
  out_of_range,  ///< a target
  bad_split,
  no_group,
  no_match,
};
inline constexpr EnumName<FaultKind> kFaultKindNames[] = {
    {FaultKind::missing_file, "missing file"},
    {FaultKind::outside_source, "outside SOURCE"},
    {FaultKind::empty_file, "empty file"},
    {FaultKind::too_large, "too large"},
    {FaultKind::not_an_image, "not an image"},
    {FaultKind::unsupported, "unsupported image"},
    {FaultKind::undecodable, "undecodable"},
    {FaultKind::wrong_extension, "wrong extension"},
    {FaultKind::odd_range, "odd range of values"},
    {FaultKind::malformed_row, "malformed row"},
    {FaultKind::duplicate_row, "duplicate row"},
    {FaultKind::conflicting_rows, "conflicting rows"},
    {FaultKind::no_label, "no label"},
    {FaultKind::bad_target, "bad target"},
    {FaultKind::out_of_range, "target out of range"},
    {FaultKind::bad_split, "unknown split"},
    {FaultKind::no_group, "no group"},
    {FaultKind::no_match, "pattern does not match"},
};
constexpr std::span<const EnumName<FaultKind>> enum_names(FaultKind) { return kFaultKindNames; }

/// A sample that is not as it should be.
struct SourceFault {
  FaultKind kind = FaultKind::undecodable;
  std::string path;    ///< relative to SOURCE; may be empty for a row that cannot be read
  std::string split;   ///< empty where it was not known yet
  std::string label;   ///< as the source gives it
  std::string detail;  ///< what exactly; may be empty

  bool operator==(const SourceFault&) const = default;
};

/// Thrown for one sample: it is left out, and the rest goes on.
class BadSample : public Error {
 public:
  BadSample(FaultKind kind, const std::string& detail)
      : Error(ExitCode::data, detail), kind_(kind) {}
  FaultKind kind() const { return kind_; }

 private:
  FaultKind kind_;
};

/// Thrown where no pack can be made of a source that has faulty samples, which may be the reason:
/// they are to be reported first.
class UnusableSource : public Error {
 public:
  UnusableSource(ExitCode code, const std::string& message, std::vector<SourceFault> faults)
      : Error(code, message), faults_(std::move(faults)) {}
  const std::vector<SourceFault>& faults() const { return faults_; }

 private:
  std::vector<SourceFault> faults_;
};

/// False where the sample is packed all the same.
constexpr bool is_rejected(FaultKind kind) {
  return kind != FaultKind::wrong_extension && kind != FaultKind::odd_range;
}

/// The samples that are left out for their faults.
std::uint64_t count_rejected(const std::vector<SourceFault>& faults);

/// "undecodable: premature end of JPEG file"
std::string reason(const SourceFault& fault);

/// One line a kind: how many, and the first ones.
std::vector<std::string> summarize_faults(const std::vector<SourceFault>& faults);

/// PACK/rejected.csv: every fault, sorted, so that the same faults give the same bytes.
inline constexpr std::string_view kRejectedFile = "rejected.csv";
std::string faults_to_csv(std::vector<SourceFault> faults);
/// True where the file starts as faults_to_csv does.
bool is_rejected_file(const std::filesystem::path& path);

}  // namespace lockstep
