#include "launcher/use/proof.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include <fmt/ranges.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::size_t kNamed = 5;

std::string first_few(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kNamed);
  return fmt::format("{}{}", fmt::join(std::span(names).first(shown), ", "),
                     names.size() > shown ? ", ..." : "");
}

std::string conclusion(const Proof& proof) {
  const std::int64_t steps = proof.range.to - proof.range.from;
  if (proof.holds()) {
    return fmt::format(
        "proven: {} step{} on {} rank{}, and the same bits. The checkpoint is what its config, its "
        "pack and its seed give, and this machine computes as the first did\n",
        steps, steps == 1 ? "" : "s", proof.ranks, proof.ranks == 1 ? "" : "s");
  }
  std::string text = "not proven: ";
  if (proof.replayed_to != proof.range.to) {
    text += fmt::format("the replay ends at step {}. ", proof.replayed_to);
  }
  if (!proof.tensors.empty()) {
    text += fmt::format("{} tensor{} differ{}: {}. ", proof.tensors.size(),
                        proof.tensors.size() == 1 ? "" : "s", proof.tensors.size() == 1 ? "s" : "",
                        first_few(proof.tensors));
  }
  if (!proof.fields.empty()) {
    text += fmt::format("state.json differs in {}. ", fmt::join(proof.fields, ", "));
  }
  text += proof.environment_changes.empty()
              ? "The environment is the one that was recorded: a bit was flipped in one of the two "
                "runs, the checkpoint was changed, or the run was not as its config says. Replay "
                "on another machine to tell\n"
              : "The environment is not the one that was recorded, which is reason enough: replay "
                "on a machine like the first\n";
  return text;
}

}  // namespace

ProofRange choose_proof_range(std::span<const std::int64_t> steps, std::optional<std::int64_t> from,
                              std::optional<std::int64_t> to) {
  const auto is_there = [&](std::int64_t step) { return std::ranges::binary_search(steps, step); };
  const std::string known = fmt::format("{}", fmt::join(steps, ", "));
  check(!steps.empty(), ExitCode::usage, "the run has no checkpoint yet");
  if (!to) to = steps.back();
  check(*to > 0 && is_there(*to), ExitCode::usage,
        "the run has no checkpoint of step {} to replay to; it has those of {}", *to, known);
  if (!from) {
    const auto found = std::ranges::lower_bound(steps, *to);
    check(found != steps.begin(), ExitCode::usage,
          "the run has no checkpoint before that of step {}: --from 0 replays it from its "
          "beginning",
          *to);
    from = *(found - 1);
  }
  check(*from == 0 || is_there(*from), ExitCode::usage,
        "the run has no checkpoint of step {} to replay from; it has those of {}, and 0 is its "
        "beginning",
        *from, known);
  check(*from < *to, ExitCode::usage, "--from {} is not before --to {}", *from, *to);
  return {*from, *to};
}

std::vector<std::string> different_tensors(std::span<const TensorView> recorded,
                                           std::span<const TensorView> replayed) {
  std::map<std::string_view, const TensorView*> others;
  for (const TensorView& tensor : replayed) others[tensor.name] = &tensor;
  std::vector<std::string> names;
  for (const TensorView& tensor : recorded) {
    const auto found = others.find(tensor.name);
    const bool is_same = found != others.end() && found->second->dtype == tensor.dtype &&
                         found->second->shape == tensor.shape &&
                         std::ranges::equal(found->second->bytes, tensor.bytes);
    if (!is_same) names.push_back(tensor.name);
    if (found != others.end()) others.erase(found);
  }
  for (const auto& [name, tensor] : others) names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> different_fields(const nlohmann::json& recorded,
                                          const nlohmann::json& replayed) {
  constexpr std::array<std::string_view, 9> kCompared = {
      "cursor", "epoch_sums", "evaluated_epochs", "history", "last_rate", "schedule", "skips",
      "step",   "task"};
  std::vector<std::string> fields;
  for (const std::string_view name : kCompared) {
    const std::string key(name);
    if (recorded.value(key, nlohmann::json()) != replayed.value(key, nlohmann::json())) {
      fields.push_back(key);
    }
  }
  return fields;
}

std::string to_text(const Proof& proof) {
  std::string text;
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{:<12}  {}\n", name, printable(value));
  };
  line("checkpoint", proof.checkpoint.string());
  line("steps",
       fmt::format("{} to {}{}", proof.range.from, proof.range.to,
                   proof.rollbacks > 0 ? fmt::format(", with {} rollback{}", proof.rollbacks,
                                                     proof.rollbacks == 1 ? "" : "s")
                                       : ""));
  line("recorded", proof.recorded_digest);
  line("replayed", proof.replayed_digest);
  if (!proof.environment_changes.empty()) line("environment", proof.environment_changes);
  return text + printable_lines(conclusion(proof));
}

nlohmann::json to_json(const Proof& proof) {
  return {{"proven", proof.holds()},
          {"checkpoint", proof.checkpoint.string()},
          {"from", proof.range.from},
          {"to", proof.range.to},
          {"replayed_to", proof.replayed_to},
          {"ranks", proof.ranks},
          {"rollbacks", proof.rollbacks},
          {"recorded_digest", proof.recorded_digest},
          {"replayed_digest", proof.replayed_digest},
          {"different_tensors", proof.tensors},
          {"different_fields", proof.fields},
          {"environment_changes", proof.environment_changes}};
}

}  // namespace lockstep
