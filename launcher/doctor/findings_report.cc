#include "launcher/doctor/findings_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/ascii.h"
#include "launcher/report/json_text.h"

namespace lockstep {
namespace {

std::ptrdiff_t count(const Findings& findings, Verdict verdict) {
  return std::ranges::count(findings, verdict, &Finding::verdict);
}

}  // namespace

ExitCode exit_code_of(const Findings& findings) {
  const auto first = std::ranges::find(findings, Verdict::fail, &Finding::verdict);
  if (first == findings.end()) return ExitCode::ok;
  switch (first->part) {
    case CheckedPart::storage:
      return ExitCode::storage;
    case CheckedPart::data:
      return ExitCode::data;
    case CheckedPart::machine:
    case CheckedPart::config:
      break;
  }
  return ExitCode::usage;
}

std::string findings_to_text(const Findings& findings) {
  std::size_t columns = 0;
  for (const Finding& finding : findings) columns = std::max(columns, finding.name.size());
  std::string text;
  const CheckedPart* part = nullptr;
  for (const Finding& finding : findings) {
    if (part == nullptr || *part != finding.part) {
      text += fmt::format("{}{}\n", part == nullptr ? "" : "\n", name_of(finding.part));
    }
    part = &finding.part;
    text += fmt::format("{}  {:<{}}  {}\n", name_of(finding.verdict), finding.name, columns,
                        printable(finding.why));
    if (finding.verdict != Verdict::pass) {
      text += fmt::format("      -> {}\n", printable(finding.remedy));
    }
  }
  return text + fmt::format("\n{} checks: {} passed, {} to look at, {} failed\n", findings.size(),
                            count(findings, Verdict::pass), count(findings, Verdict::warn),
                            count(findings, Verdict::fail));
}

std::string findings_to_json(const Findings& findings) {
  nlohmann::ordered_json document;
  document["checks"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    nlohmann::ordered_json check = {{"part", name_of(finding.part)},
                                    {"check", finding.name},
                                    {"verdict", ascii_lower(name_of(finding.verdict))},
                                    {"why", finding.why}};
    if (finding.verdict != Verdict::pass) check["remedy"] = finding.remedy;
    document["checks"].push_back(std::move(check));
  }
  document["pass"] = count(findings, Verdict::pass);
  document["warn"] = count(findings, Verdict::warn);
  document["fail"] = count(findings, Verdict::fail);
  return json_text(document);
}

}  // namespace lockstep
