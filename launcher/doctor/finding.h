#pragma once

#include <string>
#include <vector>

#include "core/error.h"
#include "core/names.h"

namespace lockstep {

enum class Verdict {
  pass,
  warn,  ///< look at it; training works
  fail,  ///< training fails, or learns the wrong thing
};
inline constexpr EnumName<Verdict> kVerdictNames[] = {
    {Verdict::pass, "PASS"}, {Verdict::warn, "WARN"}, {Verdict::fail, "FAIL"}};
constexpr std::span<const EnumName<Verdict>> enum_names(Verdict) { return kVerdictNames; }

/// What a check looks at.
enum class CheckedPart { machine, storage, data, config };
inline constexpr EnumName<CheckedPart> kCheckedPartNames[] = {{CheckedPart::machine, "machine"},
                                                              {CheckedPart::storage, "storage"},
                                                              {CheckedPart::data, "data"},
                                                              {CheckedPart::config, "config"}};
constexpr std::span<const EnumName<CheckedPart>> enum_names(CheckedPart) {
  return kCheckedPartNames;
}

/// What one check of `lockstep doctor` found. Texts may hold what came from outside.
struct Finding {
  CheckedPart part = CheckedPart::machine;
  std::string name;  ///< of the check
  Verdict verdict = Verdict::pass;
  std::string why;     ///< what was seen
  std::string remedy;  ///< what to do; shown unless it passed
};
using Findings = std::vector<Finding>;

/// `fail` where that is true, else `warn` where that is.
constexpr Verdict verdict_of(bool fails, bool warns) {
  return fails ? Verdict::fail : warns ? Verdict::warn : Verdict::pass;
}

/// ok without a FAIL; else by the part of the first: usage of machine and config, storage, data.
ExitCode exit_code_of(const Findings& findings);

}  // namespace lockstep
