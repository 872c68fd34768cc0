#include "launcher/evaluation/answer_text.h"

#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lockstep {
namespace {

std::string joined(std::span<const float> numbers) {
  return fmt::format("{}", fmt::join(numbers, "|"));
}

std::string labels_text(const TaskSpec& task, const auto& has) {
  std::string text;
  for (std::size_t k = 0; k < task.names.size(); ++k) {
    if (has(k)) text += (text.empty() ? "" : "|") + task.names[k];
  }
  return text;
}

}  // namespace

std::string probability_text(double probability) {
  if (probability < 0.001) return "below 0.1 %";
  if (probability > 0.999) return "above 99.9 %";
  return fmt::format("{:.1f} %", 100 * probability);
}

std::string truth_of(const TaskSpec& task, const ScoredSamples& samples, std::size_t i) {
  switch (task.kind) {
    case TaskKind::classification:
      return task.names[static_cast<std::size_t>(samples.labels[i])];
    case TaskKind::multi_label:
      return labels_text(task, [&](std::size_t k) { return samples.targets_of(i)[k] > 0.5f; });
    case TaskKind::regression:
      break;
  }
  return joined(samples.targets_of(i));
}

std::string said_of(const TaskSpec& task, const ScoredSamples& samples, std::size_t i,
                    const Decisions& decisions) {
  const auto outputs = samples.outputs_of(i);
  switch (task.kind) {
    case TaskKind::classification:
      return task.names[static_cast<std::size_t>(decisions.class_of(outputs))];
    case TaskKind::multi_label:
      return labels_text(task, [&](std::size_t k) { return decisions.has_label(outputs[k], k); });
    case TaskKind::regression:
      break;
  }
  return joined(outputs);
}

}  // namespace lockstep
