#include "trainer/schedule/schedule_phase.h"

#include <cassert>
#include <cmath>
#include <optional>
#include <sstream>

#include "core/checked.h"
#include "trainer/schedule/curve_state.h"

namespace lockstep {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// The number that `text` is, from `low` to `high`.
std::optional<double> number_within(const std::string& text, double low, double high) {
  const std::optional<double> number = parse_number<double>(text);
  return number && *number >= low && *number <= high ? number : std::nullopt;
}

/// `text`, the phase of this `number`, after one that ended at `begin`.
SchedulePhase parse_phase(const std::string& text, std::size_t number, double begin,
                          ExitCode code) {
  const auto require = [&](bool good, const std::string& problem) {
    check(good, code,
          "schedule phase {}, '{}', {}; a phase is SHAPE EPOCHS [from FACTOR] [to FACTOR], such as "
          "'cosine 8 to 0.01'",
          number, text, problem);
  };
  const std::vector<std::string> words = words_of(text);
  require(words.size() >= 2, "has no shape or no length");
  const std::optional<PhaseShape> shape = find_name<PhaseShape>(words[0]);
  require(shape.has_value(), fmt::format("has the shape '{}', and known are: {}", words[0],
                                         known_names<PhaseShape>()));
  const std::optional<double> epochs = number_within(words[1], kLeastEpochs, kMostEpochs);
  require(epochs.has_value(), fmt::format("has the length '{}', which must be epochs from {} to {}",
                                          words[1], kLeastEpochs, kMostEpochs));
  std::optional<double> from, to;
  for (std::size_t i = 2; i < words.size(); i += 2) {
    require(words[i] == "from" || words[i] == "to",
            fmt::format("has '{}' where from or to belongs", words[i]));
    std::optional<double>& end = words[i] == "from" ? from : to;
    require(!end, fmt::format("has '{}' twice", words[i]));
    const std::string factor = i + 1 < words.size() ? words[i + 1] : "";
    end = number_within(factor, 0, kMostPhaseFactor);
    require(end.has_value(), fmt::format("has '{}' after '{}', which must be a factor from 0 to {}",
                                         factor, words[i], kMostPhaseFactor));
  }
  const bool is_constant = shape == PhaseShape::constant;
  require(!is_constant || !to, "is constant and takes no 'to'");
  require(is_constant || to, "has no end: add 'to FACTOR'");
  SchedulePhase phase{.shape = *shape, .epochs = *epochs, .from = from.value_or(begin)};
  phase.to = to.value_or(phase.from);
  require(phase.shape != PhaseShape::exponential || (phase.from > 0 && phase.to > 0),
          fmt::format("is exponential and goes from {} to {}, but both ends must be above 0",
                      phase.from, phase.to));
  return phase;
}

}  // namespace

double SchedulePhase::factor(double position) const {
  switch (shape) {
    case PhaseShape::constant:
      return from;
    case PhaseShape::linear:
      return from + (to - from) * position;
    case PhaseShape::cosine:
      return half_cosine(from, to, position);
    case PhaseShape::exponential:
      return from * std::exp((std::log(to) - std::log(from)) * position);
  }
  assert(false);
  return from;
}

std::vector<SchedulePhase> parse_phases(std::span<const std::string> texts, ExitCode code) {
  std::vector<SchedulePhase> phases;
  for (const std::string& text : texts) {
    const double begin = phases.empty() ? 1 : phases.back().to;
    phases.push_back(parse_phase(text, phases.size() + 1, begin, code));
  }
  return phases;
}

std::vector<std::string> to_texts(std::span<const SchedulePhase> phases) {
  std::vector<std::string> texts;
  for (const SchedulePhase& phase : phases) {
    // fmt writes the shortest digits that read back as the same double.
    texts.push_back(fmt::format("{} {} from {}", name_of(phase.shape), phase.epochs, phase.from));
    if (phase.shape != PhaseShape::constant) texts.back() += fmt::format(" to {}", phase.to);
  }
  return texts;
}

double length(std::span<const SchedulePhase> phases) {
  double epochs = 0;
  for (const SchedulePhase& phase : phases) epochs += phase.epochs;
  return epochs;
}

}  // namespace lockstep
