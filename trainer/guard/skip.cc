#include "trainer/guard/skip.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 53;

nlohmann::json to_json_of(const Cursor& cursor) {
  return {{"epoch", cursor.epoch}, {"offset", cursor.offset}};
}

Cursor read_cursor(const JsonFields<nlohmann::json>& fields) {
  return {fields.integer<std::uint64_t>("epoch", 0, kMost),
          fields.integer<std::uint64_t>("offset", 0, kMost)};
}

bool is_at_or_behind(const Cursor& cursor, const Cursor& other) {
  return cursor.epoch > other.epoch ||
         (cursor.epoch == other.epoch && cursor.offset >= other.offset);
}

bool is_forward(const Cursor& from, const Cursor& to) {
  return (to.epoch == from.epoch && to.offset > from.offset) ||
         (to.epoch == from.epoch + 1 && to.offset == 0);
}

}  // namespace

std::string fault_of(const StepResult& result, const RollbackOptions& options,
                     const LossMean& before) {
  const double loss = result.sums.loss;
  if (!std::isfinite(loss)) return fmt::format("the loss is {}", loss);
  if (!options.is_on()) return {};
  if (!result.gradient_is_finite) return "a gradient is not finite";
  if (!result.parameters_are_finite) return "a parameter is not finite";
  const double mean_loss = result.sums.mean_loss();
  const std::optional<double> mean = before.value();
  if (options.spike_factor > 0 && mean && *mean > 0 && mean_loss > options.spike_factor * *mean) {
    return fmt::format("the loss is {:.4g}, {:.4g} times the mean of those before it,", mean_loss,
                       mean_loss / *mean);
  }
  return {};
}

Skip plan_skip(const RollbackOptions& options, const BadStep& bad, const EpochShape& shape,
               const CourseBegin& begin, const std::vector<Skip>& earlier) {
  const auto done = static_cast<int>(earlier.size());
  check(done < options.at_most, ExitCode::internal,
        "{} at step {}: training has diverged. The run has gone back {} time{} already, and "
        "rollback.at_most allows no more. Lower optimizer.lr or lengthen schedule.warmup_epochs; "
        "the checkpoints written so far are whole",
        bad.reason, bad.step, done, done == 1 ? "" : "s");
  Skip skip{.step = std::max({bad.step - options.steps, begin.epoch, begin.config,
                              earlier.empty() ? 0 : earlier.back().step}),
            .from = bad.cursor,
            .to = advance(bad.cursor, 1, shape),
            .bad_step = bad.step,
            .reason = bad.reason};
  skip.from.offset -= static_cast<std::uint64_t>(bad.step - skip.step) * shape.global_batch;
  check(skip.step > begin.epoch || skip.to.epoch == skip.from.epoch, ExitCode::internal,
        "{} at step {}, the last of epoch {}, and without the {} steps before it nothing of that "
        "epoch is left. Lower rollback.steps or optimizer.lr; the checkpoints written so far are "
        "whole",
        bad.reason, bad.step, bad.cursor.epoch + 1, options.steps);
  return skip;
}

std::uint64_t samples_skipped(const std::vector<Skip>& skips, std::uint64_t epoch) {
  std::uint64_t samples = 0;
  for (const Skip& skip : skips) {
    if (skip.from.epoch == epoch && skip.to.epoch == epoch) {
      samples += skip.to.offset - skip.from.offset;
    }
  }
  return samples;
}

void to_json(nlohmann::json& json, const Skip& skip) {
  json = {{"step", skip.step},
          {"from", to_json_of(skip.from)},
          {"to", to_json_of(skip.to)},
          {"bad_step", skip.bad_step},
          {"reason", skip.reason}};
}

std::vector<Skip> read_skips(const std::vector<JsonFields<nlohmann::json>>& list,
                             std::int64_t steps) {
  std::vector<Skip> skips;
  Skip before;
  for (const JsonFields<nlohmann::json>& fields : list) {
    Skip skip{.step = fields.integer<std::int64_t>("step", before.step, steps),
              .from = read_cursor(fields.object("from")),
              .to = read_cursor(fields.object("to")),
              .bad_step = 0,
              .reason = fields.text("reason")};
    skip.bad_step =
        fields.integer<std::int64_t>("bad_step", skip.step, static_cast<std::int64_t>(kMost));
    check(is_at_or_behind(skip.from, before.to) && is_forward(skip.from, skip.to),
          ExitCode::storage,
          "'skips' has one from epoch {}, offset {} to epoch {}, offset {}, which does not follow",
          skip.from.epoch, skip.from.offset, skip.to.epoch, skip.to.offset);
    before = skip;
    skips.push_back(std::move(skip));
  }
  return skips;
}

std::string to_text(const Skip& skip) {
  const std::string end = skip.to.epoch == skip.from.epoch ? fmt::format("to {}", skip.to.offset)
                                                           : std::string("to the end");
  return fmt::format(
      "{} at step {}: the run goes on from step {} without the samples from {} {} "
      "of epoch {}",
      skip.reason, skip.bad_step, skip.step, skip.from.offset, end, skip.from.epoch + 1);
}

nlohmann::json to_metrics_line(const Skip& skip, std::size_t number) {
  nlohmann::json line = skip;
  line["kind"] = "rollback";
  line["number"] = number;
  return line;
}

}  // namespace lockstep
