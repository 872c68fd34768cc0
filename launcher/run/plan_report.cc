#include "launcher/run/plan_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "launcher/report/bytes_text.h"

namespace lockstep {
namespace {

/// "cpu x 4, cuda:0 x 1": equal names once.
std::string counted(const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  for (auto begin = names.begin(); begin != names.end();) {
    const auto end =
        std::find_if(begin, names.end(), [&](const std::string& name) { return name != *begin; });
    texts.push_back(end - begin == 1 ? *begin : fmt::format("{} x {}", end - begin, *begin));
    begin = end;
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

class Lines {
 public:
  template <typename... Args>
  void add(const char* label, fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format("  {:<12}{}\n", label, fmt::format(format, std::forward<Args>(args)...));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace

std::string to_text(const TrainPlan& plan) {
  const std::int64_t global_batch = plan.lanes * plan.batch;
  const std::int64_t dropped = plan.train_samples - plan.steps_per_epoch * global_batch;
  Lines lines;
  lines.add("run", "{}", plan.run_dir.string());
  lines.add("model", "{}, {} parameters", plan.model, plan.parameters);
  lines.add("ranks", "{} on {} node{}: {}", plan.ranks, plan.nodes, plan.nodes == 1 ? "" : "s",
            counted(plan.devices));
  lines.add(
      "lanes", "{} x {} samples = global batch {}{}", plan.lanes, plan.batch, global_batch,
      plan.lanes_chosen
          ? fmt::format(" (train.lanes is not set: at most {} ranks from here on)", plan.lanes)
          : "");
  lines.add("reduction", "{}", plan.reduction);
  lines.add("precision", "{}", plan.precision);
  lines.add("data", "{} samples to train on, {} to validate on", plan.train_samples,
            plan.valid_samples);
  lines.add("feed", "{} worker{} and at most {} batch{} of images a rank: {}", plan.feed_workers,
            plan.feed_workers == 1 ? "" : "s", plan.feed_batches,
            plan.feed_batches == 1 ? "" : "es", bytes_text(plan.feed_bytes));
  lines.add("steps", "{} an epoch x {} epochs = {}{}{}", plan.steps_per_epoch, plan.epochs,
            plan.steps_per_epoch * plan.epochs,
            plan.last_step < plan.steps_per_epoch * plan.epochs
                ? fmt::format("; ends at step {}", plan.last_step)
                : "",
            plan.first_step > 0 ? fmt::format("; continues after step {}", plan.first_step) : "");
  lines.add("rate", "{:g} for {:g} samples, {} scaling: {:g} for {}", plan.lr, plan.lr_batch,
            plan.lr_scaling, plan.scaled_lr, global_batch);
  if (plan.warmup_steps > 0) {
    lines.add("warm-up", "{} steps from {:g}", plan.warmup_steps, plan.warmup_from);
  }
  const std::uint64_t kept = static_cast<std::uint64_t>(std::max(plan.checkpoints_kept, 1));
  lines.add("checkpoint", "{} each, {}; {} free", bytes_text(plan.checkpoint_bytes),
            plan.checkpoints_kept > 0 ? fmt::format("at most {} at once: {}", kept,
                                                    bytes_text(kept * plan.checkpoint_bytes))
                                      : "all are kept",
            bytes_text(plan.free_disk_bytes));
  std::string text = lines.take();
  if (dropped > 0) {
    text += fmt::format(
        "note: the last {} samples of an epoch's order do not fill a step and are left out\n",
        dropped);
  }
  if (kept * plan.checkpoint_bytes > plan.free_disk_bytes) {
    text += fmt::format("warning: the disk of '{}' has too little space for {} checkpoint{}\n",
                        plan.run_dir.string(), kept, kept == 1 ? "" : "s");
  }
  text.pop_back();
  return text;
}

}  // namespace lockstep
