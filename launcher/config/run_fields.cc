#include <string_view>

#include "launcher/config/config_fields.h"
#include "launcher/config/field_types.h"

namespace lockstep {

using namespace fields;

namespace {

/// Which metrics there are depends on the task, which a pack decides.
ConfigField best_metric_name() {
  ConfigField field =
      text("checkpoint.best", free, at(&Config::checkpoint, &CheckpointOptions::best));
  field.allowed = "auto, valid/METRIC or valid_ema/METRIC";
  field.read = [read = field.read](Config& config, const YAML::Node& scalar) {
    const std::string& name = scalar.Scalar();
    const auto is_of = [&](std::string_view prefix) {
      return name.starts_with(prefix) && name != prefix;
    };
    return (name == "auto" || is_of("valid/") || is_of("valid_ema/")) && read(config, scalar);
  };
  return field;
}

/// An option that not every schedule takes.
ConfigField own(ConfigField field) {
  return own_option(
      "schedule.name", [](const Config& config) { return own_options(config.schedule.name); },
      std::move(field));
}

/// What a phase may be is said by parse_phases.
ConfigField phases() {
  ConfigField field{
      .key = "schedule.phases",
      .role = identity,
      .is_list = true,
      .allowed =
          "a list of phases, such as [linear 2 from 0.1 to 1, constant 10, cosine 8 to 0.01]"};
  field.read = [](Config& config, const YAML::Node& list) {
    std::vector<std::string> texts;
    for (const YAML::Node& item : list) {
      if (!item.IsScalar()) return false;
      texts.push_back(item.Scalar());
    }
    config.schedule.phases = parse_phases(texts, ExitCode::usage);
    return true;
  };
  field.write = [](const Config& config) {
    return fmt::format("[{}]", fmt::join(to_texts(config.schedule.phases), ", "));
  };
  return field;
}

constexpr Interval epochs{kLeastEpochs, kMostEpochs, true, true};
constexpr Interval divisor{1, kMostDivisor, true, true};

}  // namespace

std::vector<ConfigField> run_fields() {
  return {
      text("run.dir", free, at(&Config::run, &RunOptions::dir)),
      number("run.seed", identity, at(&Config::run, &RunOptions::seed), 0),
      choice("run.access", free, at(&Config::run, &RunOptions::access)),
  };
}

std::vector<ConfigField> train_fields() {
  return {
      number("train.epochs", identity, at(&Config::train, &TrainOptions::epochs), 1, 1'000'000),
      number("train.max_steps", free, at(&Config::train, &TrainOptions::max_steps), 0),
      real("train.max_time_s", free, at(&Config::train, &TrainOptions::max_time_s), not_negative),
      number("train.overfit_batches", identity, at(&Config::train, &TrainOptions::overfit_batches),
             0, 1 << 20),
      number("train.batch", identity, at(&Config::train, &TrainOptions::batch), 1, 1 << 20),
      numbers("train.image_size", identity, at(&Config::train, &TrainOptions::image_size), 1, 8192),
      // Changed by --lanes alone, which knows what a restart must do then.
      number("train.lanes", free, at(&Config::train, &TrainOptions::lanes), 0, 1 << 16),
      number("train.global_batch", free, at(&Config::train, &TrainOptions::global_batch), 0),
      choice("train.reduction", identity, at(&Config::train, &TrainOptions::reduction)),
      resolved_from("auto", choice("train.precision", identity,
                                   at(&Config::train, &TrainOptions::precision))),
      choice_of("train.device", free, at(&Config::train, &TrainOptions::device),
                {{"auto", "auto"}, {"cpu", "cpu"}, {"cuda", "cuda"}}),
      number("train.threads", free, at(&Config::train, &TrainOptions::threads), 0, 1024),
      real("train.stall_timeout_s", free, at(&Config::train, &TrainOptions::stall_timeout_s),
           not_negative),
      number("train.compare_every", free, at(&Config::train, &TrainOptions::compare_every), 0),
  };
}

std::vector<ConfigField> schedule_fields() {
  return {
      choice("schedule.name", identity, at(&Config::schedule, &ScheduleOptions::name)),
      real("schedule.warmup_epochs", identity,
           at(&Config::schedule, &ScheduleOptions::warmup_epochs), not_negative),
      own(real("schedule.step_epochs", identity,
               at(&Config::schedule, &ScheduleOptions::step_epochs), epochs)),
      own(reals("schedule.milestones", identity,
                at(&Config::schedule, &ScheduleOptions::milestones), epochs)),
      own(real("schedule.gamma", identity, at(&Config::schedule, &ScheduleOptions::gamma),
               fraction)),
      own(real("schedule.power", identity, at(&Config::schedule, &ScheduleOptions::power),
               {0, kMostPower, true, true})),
      own(real("schedule.pct_start", identity, at(&Config::schedule, &ScheduleOptions::pct_start),
               {0, kMostRise, true, true})),
      own(real("schedule.div_factor", identity, at(&Config::schedule, &ScheduleOptions::div_factor),
               divisor)),
      own(real("schedule.final_div_factor", identity,
               at(&Config::schedule, &ScheduleOptions::final_div_factor), divisor)),
      own(choice_of("schedule.cycle_momentum", identity,
                    at(&Config::schedule, &ScheduleOptions::cycle_momentum),
                    {{"true", true}, {"false", false}})),
      own(real("schedule.base_momentum", identity,
               at(&Config::schedule, &ScheduleOptions::base_momentum), below_one)),
      own(real("schedule.max_momentum", identity,
               at(&Config::schedule, &ScheduleOptions::max_momentum), below_one)),
      own(real("schedule.cycle_epochs", identity,
               at(&Config::schedule, &ScheduleOptions::cycle_epochs), epochs)),
      own(real("schedule.cycle_mult", identity, at(&Config::schedule, &ScheduleOptions::cycle_mult),
               {1, kMostCycleMult, true, true})),
      own(text("schedule.metric", identity, at(&Config::schedule, &ScheduleOptions::metric))),
      own(real("schedule.factor", identity, at(&Config::schedule, &ScheduleOptions::factor),
               fraction)),
      own(number("schedule.patience", identity, at(&Config::schedule, &ScheduleOptions::patience),
                 0)),
      own(real("schedule.threshold", identity, at(&Config::schedule, &ScheduleOptions::threshold),
               fraction)),
      own(number("schedule.cooldown", identity, at(&Config::schedule, &ScheduleOptions::cooldown),
                 0)),
      own(real("schedule.min_factor", identity, at(&Config::schedule, &ScheduleOptions::min_factor),
               fraction)),
      own(real("schedule.stop_below", identity, at(&Config::schedule, &ScheduleOptions::stop_below),
               up_to_large)),
      own(phases()),
  };
}

std::vector<ConfigField> ema_fields() {
  return {
      real("ema.decay", identity, at(&Config::average, &AverageOptions::decay), below_one),
      depending(
          "ema.decay", [](const Config& config) { return config.average.decay > 0; },
          choice_of("ema.warmup", identity, at(&Config::average, &AverageOptions::warmup),
                    {{"true", true}, {"false", false}})),
      number("average.last", identity, at(&Config::average, &AverageOptions::last), 0, kMostEpochs),
  };
}

std::vector<ConfigField> fine_tune_fields() {
  const auto is_on = [](const Config& config) { return config.fine_tune.is_on(); };
  const auto has_phases = [](const Config& config) {
    return config.fine_tune.head_epochs > 0 || !config.fine_tune.unfreeze.empty();
  };
  return {
      texts("fine_tune.freeze", identity, at(&Config::fine_tune, &FineTuneOptions::freeze),
            Alone::list),
      choice_of("fine_tune.head_only", identity,
                at(&Config::fine_tune, &FineTuneOptions::head_only),
                {{"true", true}, {"false", false}}),
      number("fine_tune.head_epochs", identity,
             at(&Config::fine_tune, &FineTuneOptions::head_epochs), 0),
      numbers("fine_tune.unfreeze", identity, at(&Config::fine_tune, &FineTuneOptions::unfreeze), 1,
              kMostEpochs),
      depending("fine_tune.head_epochs", has_phases,
                real("fine_tune.rate_factor", identity,
                     at(&Config::fine_tune, &FineTuneOptions::rate_factor), part)),
      depending("fine_tune.freeze", is_on,
                choice("fine_tune.frozen_mode", identity,
                       at(&Config::fine_tune, &FineTuneOptions::frozen_mode))),
  };
}

std::vector<ConfigField> early_stopping_fields() {
  const auto is_on = [](const Config& config) { return config.early_stopping.is_on(); };
  return {
      number("early_stopping.patience", free,
             at(&Config::early_stopping, &EarlyStoppingOptions::patience), 0),
      depending("early_stopping.patience", is_on,
                text("early_stopping.metric", free,
                     at(&Config::early_stopping, &EarlyStoppingOptions::metric))),
      depending("early_stopping.patience", is_on,
                real("early_stopping.min_change", free,
                     at(&Config::early_stopping, &EarlyStoppingOptions::min_change), not_negative)),
  };
}

std::vector<ConfigField> rollback_fields() {
  const auto is_on = [](const Config& config) { return config.rollback.is_on(); };
  return {
      number("rollback.at_most", identity, at(&Config::rollback, &RollbackOptions::at_most), 0,
             1000),
      depending("rollback.at_most", is_on,
                number("rollback.steps", identity, at(&Config::rollback, &RollbackOptions::steps),
                       0, 1'000'000)),
      depending("rollback.at_most", is_on,
                real("rollback.spike_factor", identity,
                     at(&Config::rollback, &RollbackOptions::spike_factor), up_to_large)),
  };
}

std::vector<ConfigField> checkpoint_fields() {
  return {
      number("checkpoint.every_steps", free,
             at(&Config::checkpoint, &CheckpointOptions::every_steps), 0),
      number("checkpoint.every_epochs", free,
             at(&Config::checkpoint, &CheckpointOptions::every_epochs), 0),
      number("checkpoint.keep", free, at(&Config::checkpoint, &CheckpointOptions::keep), 0),
      best_metric_name(),
      choice_of("checkpoint.async", free, at(&Config::checkpoint, &CheckpointOptions::async),
                {{"true", true}, {"false", false}}),
  };
}

std::vector<ConfigField> log_fields() {
  return {
      number("log.every_steps", free, at(&Config::log, &LogOptions::every_steps), 0),
      number("log.train_eval", identity, at(&Config::log, &LogOptions::train_eval), 0),
      choice_of("log.tensorboard", free, at(&Config::log, &LogOptions::tensorboard),
                {{"true", true}, {"false", false}}),
  };
}

}  // namespace lockstep
