#include "launcher/run/plan_report.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "launcher/report/bars.h"
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

/// "1 worker", "2 workers".
std::string number_of(std::int64_t count, const char* noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

class Lines {
 public:
  template <typename... Args>
  void add(const char* label, MessageFormat<Args...> format, const Args&... args) {
    text_ += fmt::format("  {:<12}{}\n", label, message<Args...>(format, args...));
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// What is learned, with which outputs: "classification, 10 outputs: Bag, Boot, ...".
std::string task_text(const TaskSpec& task) {
  constexpr std::size_t kShown = 10;
  const std::span<const std::string> names(task.names);
  return fmt::format("{}, {}: {}{}", name_of(task.kind),
                     number_of(static_cast<std::int64_t>(names.size()), "output"),
                     fmt::join(names.first(std::min(names.size(), kShown)), ", "),
                     names.size() > kShown ? ", ..." : "");
}

/// The size of what the network sees, and who has said so.
std::string input_text(const ResolvedRun& run) {
  const InputSpec& input = run.start.input;
  if (run.loader.features > 0) {
    return fmt::format("{} features of images of {}x{} pixels", run.loader.features, input.height,
                       input.width);
  }
  return fmt::format("{}x{} pixels ({}), {}, mean {::.4g}, std {::.4g} ({})", input.height,
                     input.width,
                     run.config.data.image_size > 0 ? "data.image_size" : "as the first sample",
                     number_of(input.channels, "channel"), input.mean, input.std, run.input_from);
}

/// People have trained the last layer for weeks without knowing.
std::string parameters_text(const PlanFacts& facts) {
  const std::int64_t all = facts.parameters + facts.frozen_parameters;
  if (facts.frozen_parameters == 0) return fmt::format("{} parameters", all);
  return fmt::format("{} of {} parameters are trained, in {}", facts.parameters, all,
                     facts.trained_stages.size() == 1
                         ? "the " + facts.trained_stages.front() + " alone"
                         : fmt::format("{}", fmt::join(facts.trained_stages, ", ")));
}

void add_model(Lines& lines, const ResolvedRun& run, const PlanFacts& facts) {
  const TrainingPlan& plan = run.plan;
  lines.add("run", "{}", run.config.run.dir);
  lines.add("task", "{}", task_text(run.start.task));
  lines.add("model", "{}, {}", run.config.model.name, parameters_text(facts));
  lines.add("ranks", "{} on {}: {}", facts.ranks, number_of(facts.nodes, "node"),
            counted(facts.devices));
  lines.add(
      "lanes", "{} x {} samples = global batch {}{}", plan.lanes, plan.batch, plan.global_batch,
      run.lanes_chosen
          ? fmt::format(" (train.lanes is not set: at most {} ranks from here on)", plan.lanes)
          : "");
  lines.add("reduction", "{}", facts.reduction);
  lines.add("precision", "{}", name_of(run.config.train.precision));
}

void add_data(Lines& lines, const ResolvedRun& run, const PlanFacts& facts) {
  lines.add("input", "{}", input_text(run));
  const std::vector<std::string>& splits = run.config.data.train;
  lines.add("data", "{} samples to train on{}, {} to validate on", run.plan.samples,
            splits.size() > 1 ? fmt::format(" ({})", fmt::join(splits, " + ")) : "",
            facts.valid_samples);
  const auto batches = static_cast<std::int64_t>(batches_held(facts.feed));
  lines.add("feed", "{} and at most {} batch{} of samples per rank: {}",
            number_of(facts.feed.workers, "worker"), batches, batches == 1 ? "" : "es",
            bytes_text(image_bytes_held(facts.feed, run.plan.batch)));
}

/// The rate over the run, as bars of eight heights; that of a plateau as long as none comes.
std::string schedule_chart(const LrSchedule& schedule, double epochs) {
  constexpr int kColumns = 50;
  std::array<double, kColumns> rates = {};
  for (int i = 0; i < kColumns; ++i) {
    rates[static_cast<std::size_t>(i)] = schedule.rate((i + 0.5) / kColumns * epochs);
  }
  return fmt::format("from {:.3g} {} to {:.3g}", schedule.rate(0), bars(rates),
                     schedule.rate(epochs * (1 - 1e-9)));
}

void add_phases(Lines& lines, const ResolvedRun& run, const PlanFacts& facts) {
  const std::vector<double>& begins = run.plan.schedule.unfreezes;
  if (begins.empty()) return;
  std::string text = fmt::format("{}", fmt::join(facts.phases.front(), ", "));
  for (std::size_t i = 0; i < begins.size(); ++i) {
    text += fmt::format("; after epoch {:g}: {}", begins[i], fmt::join(facts.phases[i + 1], ", "));
  }
  lines.add("trained", "{}", text);
}

void add_course(Lines& lines, const ResolvedRun& run) {
  const std::int64_t epochs = run.config.train.epochs, steps = run.plan.steps_per_epoch * epochs;
  const std::int64_t last = last_step(run);
  lines.add("steps", "{} per epoch x {} epochs = {}{}{}", run.plan.steps_per_epoch, epochs, steps,
            last < steps ? fmt::format("; ends at step {}", last) : "",
            run.start.step > 0 ? fmt::format("; continues after step {}", run.start.step) : "");
  const OptimizerOptions& optimizer = run.config.optimizer;
  const LrSchedule& schedule = run.start.schedule;
  lines.add("rate", "{:g} for {:g} samples, {} scaling: {:g} for {}", optimizer.lr,
            optimizer.lr_batch, name_of(optimizer.lr_scaling), schedule.target_rate,
            run.plan.global_batch);
  lines.add("schedule", "{}, {}", name_of(schedule.curve),
            schedule_chart(schedule, static_cast<double>(epochs)));
  const AverageOptions& average = run.config.average;
  if (average.decay > 0) {
    lines.add("average", "of the weights, decay {:g}{}", average.decay,
              average.warmup ? ", with warm-up" : "");
  } else if (average.last > 0) {
    lines.add("average", "of the weights at the ends of the last {} epochs", average.last);
  }
  const auto warmup_steps =
      std::llround(schedule.warmup_epochs * static_cast<double>(run.plan.steps_per_epoch));
  if (warmup_steps > 0) {
    lines.add("warm-up", "{} steps from {:g}", warmup_steps, schedule.warmup_rate);
  }
}

/// The most checkpoints that are there at once; 0: no limit.
std::uint64_t checkpoints_kept(const Config& config) {
  return config.checkpoint.keep == 0 ? 0 : static_cast<std::uint64_t>(config.checkpoint.keep) + 1;
}

void add_checkpoints(Lines& lines, const ResolvedRun& run, const PlanFacts& facts) {
  const std::uint64_t kept = checkpoints_kept(run.config);
  lines.add("checkpoint", "{0} each, {1}; {2} free; {0} of memory for a copy",
            bytes_text(facts.checkpoint_bytes),
            kept > 0 ? fmt::format("at most {} at once: {}", kept,
                                   bytes_text(kept * facts.checkpoint_bytes))
                     : "all kept",
            bytes_text(facts.free_disk_bytes));
}

std::string warnings(const ResolvedRun& run, const PlanFacts& facts) {
  std::string text;
  const std::uint64_t trained =
      static_cast<std::uint64_t>(run.plan.steps_per_epoch * run.plan.global_batch);
  if (run.plan.samples > trained) {
    text += fmt::format(
        "note: the last {} samples of an epoch's order do not fill a step and are skipped\n",
        run.plan.samples - trained);
  }
  const DataOptions& data = run.config.data;
  if (std::ranges::find(data.train, data.valid) != data.train.end()) {
    text += message(
        "warning: the run is validated on '{}', which it is also trained on (data.train): its "
        "metrics of validation say nothing about images that it has not seen. Name another split "
        "with data.valid, or train without validation with data.valid=\n",
        data.valid);
  }
  if (facts.several_sizes && run.config.data.image_size == 0) {
    text += fmt::format(
        "warning: the images are of several sizes, and all are made {}x{} pixels, as the first one "
        "happens to be: set data.image_size\n",
        run.start.input.height, run.start.input.width);
  }
  if (!run.start.weights.empty() && run.start.step == 0 && run.config.data.mean.empty() &&
      run.config.data.normalise == Normalise::pack) {
    text +=
        "warning: it is not known what model.weights was fed with, so the mean and std of the pack "
        "are used: data.mean and data.std say otherwise\n";
  }
  if (run.loader.features > 0) {
    text += fmt::format(
        "note: the pack has features, so the head alone is trained, and data.augment and fine_tune "
        "have no effect; they are {}\n",
        facts.feature_views > 0
            ? fmt::format("of {} augmented views of each sample", facts.feature_views)
            : "of the images as they are (`lockstep features --views N` augments)");
  }
  const FineTuneOptions& fine_tune = run.fine_tune;
  if (fine_tune.is_on() && run.loader.features == 0 && run.start.weights.empty()) {
    text +=
        "warning: fine_tune holds back what was drawn at random: model.weights is not set, so "
        "nobody "
        "has trained it\n";
  }
  const std::uint64_t kept = std::max<std::uint64_t>(checkpoints_kept(run.config), 1);
  if (kept * facts.checkpoint_bytes > facts.free_disk_bytes) {
    text += message("warning: the disk of '{}' has too little space for {}\n", run.config.run.dir,
                    number_of(static_cast<std::int64_t>(kept), "checkpoint"));
  }
  return text;
}

}  // namespace

std::int64_t last_step(const ResolvedRun& run) {
  const auto epochs = static_cast<std::uint64_t>(run.config.train.epochs);
  const std::int64_t end = run.start.step + static_cast<std::int64_t>(steps_until_epoch(
                                                run.start.cursor, epochs, run.plan.shape()));
  return run.max_steps > 0 ? std::min(end, run.max_steps) : end;
}

std::string plan_text(const ResolvedRun& run, const PlanFacts& facts) {
  Lines lines;
  add_model(lines, run, facts);
  add_data(lines, run, facts);
  add_phases(lines, run, facts);
  add_course(lines, run);
  add_checkpoints(lines, run, facts);
  std::string text = lines.take() + warnings(run, facts);
  text.pop_back();
  return text;
}

LineChart schedule_picture(const ResolvedRun& run) {
  constexpr int kPoints = 2000;
  const LrSchedule& schedule = run.start.schedule;
  const auto epochs = static_cast<double>(run.config.train.epochs);
  LineChart::Line line{.name = "rate", .x = {}, .y = {}};
  for (int i = 0; i < kPoints; ++i) {
    line.x.push_back(i * epochs / kPoints);
    line.y.push_back(schedule.rate(line.x.back()));
  }
  return {
      .title = fmt::format("{}, {} samples a step", name_of(schedule.curve), run.plan.global_batch),
      .x_title = "epoch",
      .y_title = "learning rate",
      .lines = {std::move(line)},
      .marks = {}};
}

}  // namespace lockstep
