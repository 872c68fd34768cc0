#pragma once

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "launcher/doctor/finding.h"

namespace lockstep {

/// The finding of the check of that name.
inline Finding finding_of(const Findings& findings, const std::string& name) {
  const auto found = std::ranges::find(findings, name, &Finding::name);
  if (found != findings.end()) return *found;
  ADD_FAILURE() << "no check is called " << name;
  return {};
}

/// "name VERDICT" of each that did not pass.
inline std::vector<std::string> complaints(const Findings& findings) {
  std::vector<std::string> all;
  for (const Finding& finding : findings) {
    if (finding.verdict == Verdict::pass) continue;
    all.push_back(finding.name + " " + std::string(name_of(finding.verdict)));
  }
  return all;
}

}  // namespace lockstep
