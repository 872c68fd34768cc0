#include "launcher/doctor_rank/config_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace lockstep {
namespace {

Finding finding(std::string name, Verdict verdict, std::string why, std::string remedy) {
  return {CheckedPart::config, std::move(name), verdict, std::move(why), std::move(remedy)};
}

/// The rates of a step to say as optimizer.lr.
std::string option_text(const RateFacts& facts, double rate) {
  return fmt::format("{:.2g}", rate * facts.scale);
}

double last_losses(const std::vector<double>& losses) {
  const std::size_t count = std::min<std::size_t>(losses.size(), 5);
  return std::accumulate(losses.end() - static_cast<std::ptrdiff_t>(count), losses.end(), 0.0) /
         static_cast<double>(count);
}

/// The median of five steps' losses.
double loss_around(const RateSweep& sweep, std::size_t place) {
  const std::size_t count = std::min<std::size_t>(sweep.losses.size(), 5);
  const std::size_t first =
      std::min(place - std::min<std::size_t>(place, 2), sweep.losses.size() - count);
  const auto begin = sweep.losses.begin() + static_cast<std::ptrdiff_t>(first);
  std::vector<double> some(begin, begin + static_cast<std::ptrdiff_t>(count));
  std::ranges::nth_element(some, some.begin() + static_cast<std::ptrdiff_t>(count / 2));
  return some[count / 2];
}

/// The medians around each step.
std::vector<double> calm_losses(const RateSweep& sweep) {
  std::vector<double> losses;
  for (std::size_t i = 0; i < sweep.losses.size(); ++i) losses.push_back(loss_around(sweep, i));
  return losses;
}

/// How much a loss differs from that of the next step at the smallest rates, which teach little: a
/// standard deviation.
double noise_of(const RateFacts& facts) {
  const std::vector<double>& losses = facts.sweep.losses;
  const std::size_t count =
      std::min(losses.size(), static_cast<std::size_t>(std::max(facts.planned / 3, 2)));
  if (count < 2) return 0;
  double squares = 0;
  for (std::size_t i = 1; i < count; ++i) {
    squares += (losses[i] - losses[i - 1]) * (losses[i] - losses[i - 1]) / 2;
  }
  return std::sqrt(squares / static_cast<double>(count - 1));
}

/// Whether the loss falls by no more in the sweep than it does by chance.
bool is_thin(const RateFacts& facts) {
  constexpr double kByChance = 3;
  if (facts.sweep.losses.empty()) return false;
  const std::vector<double> losses = calm_losses(facts.sweep);
  return losses.front() - std::ranges::min(losses) < kByChance * noise_of(facts);
}

bool has_diverged(const RateFacts& facts) {
  return facts.sweep.rates.size() < static_cast<std::size_t>(facts.planned);
}

Verdict verdict_of_rate(const RateFacts& facts) {
  constexpr double kWorse = 1.1, kSmall = 0.01, kByChance = 2;
  const RateSweep& sweep = facts.sweep;
  if (sweep.rates.empty()) return Verdict::fail;
  const auto place = static_cast<std::size_t>(std::ranges::lower_bound(sweep.rates, facts.rate) -
                                              sweep.rates.begin());
  if (place == sweep.rates.size()) return Verdict::fail;  // it diverged before
  const std::vector<double> losses = calm_losses(sweep);
  const auto least = std::ranges::min_element(losses);
  const double noise = noise_of(facts);
  const bool is_above = static_cast<std::ptrdiff_t>(place) > least - losses.begin();
  const bool fails = is_above && losses[place] > kWorse * losses.front() + kByChance * noise;
  const bool is_near_the_end = has_diverged(facts) && facts.rate > sweep.rates.back() / 2;
  if (is_thin(facts)) return verdict_of(fails, is_near_the_end);
  const bool is_high = is_above && losses[place] > (*least + losses.front()) / 2 + noise;
  const auto suggestions = suggest_rates(sweep, static_cast<std::size_t>(facts.planned));
  const bool is_low = std::ranges::all_of(suggestions, [&](const RateSuggestion& suggestion) {
    return facts.rate < kSmall * suggestion.rate;
  });
  return verdict_of(fails, is_high || is_near_the_end || (is_low && !suggestions.empty()));
}

}  // namespace

Finding check_first_loss(const FirstLoss& first) {
  constexpr double kOff = 1.5, kFar = 4;
  const double expected = first.expected.value_or(first.loss);
  const bool is_low = first.loss * kOff < expected && !first.may_know;
  const bool fails = !std::isfinite(first.loss) || first.loss > kFar * expected;
  std::string why = fmt::format("{:.4g}", first.loss);
  if (first.expected) {
    why += fmt::format(", and a network that knows nothing has about {:.4g}", expected);
  }
  return finding("first loss", verdict_of(fails, is_low || first.loss > kOff * expected),
                 std::move(why),
                 is_low ? "it cannot know so much: look at the labels, and whether they are in the "
                          "images"
                        : "look at data.mean, data.std and data.normalise, at model.init, and at "
                          "how the head begins");
}

double advised_rate(const RateFacts& facts) {
  if (is_thin(facts)) return std::min(facts.rate, facts.sweep.rates.back() / 10);
  const auto suggestions = suggest_rates(facts.sweep, static_cast<std::size_t>(facts.planned));
  if (suggestions.empty()) return facts.rate;
  const auto minimum = std::ranges::find(suggestions, "minimum", &RateSuggestion::rule);
  return (minimum == suggestions.end() ? suggestions.front() : *minimum).rate;
}

Finding check_rate(const RateFacts& facts) {
  const std::vector<double>& rates = facts.sweep.rates;
  if (rates.empty()) {
    return finding("rate", Verdict::fail, "the loss is not a number with the smallest rate",
                   "see to the first loss before");
  }
  const double advised = advised_rate(facts);
  const bool is_low = facts.rate < advised;
  const std::string advice = is_thin(facts)
                                 ? "varies too much from step to step to tell a safe one"
                                 : fmt::format("about {} is safe", option_text(facts, advised));
  return finding("rate", verdict_of_rate(facts),
                 fmt::format("optimizer.lr is {}; in a sweep the loss {} {}, and {}",
                             option_text(facts, facts.rate),
                             has_diverged(facts) ? "diverged at" : "did not diverge up to",
                             option_text(facts, rates.back()), advice),
                 is_low ? "it is so low that little is learned: `lockstep lr-find CONFIG`"
                        : "lower optimizer.lr (`lockstep lr-find CONFIG`), or warm up "
                          "(schedule.warmup_epochs)");
}

Finding check_overfit(const OverfitFacts& facts) {
  constexpr double kLearned = 0.7, kHardly = 0.95;
  const double first = facts.losses.front(), last = last_losses(facts.losses);
  const bool fails = !std::isfinite(last) || last > kHardly * first;
  return finding(
      "one batch", verdict_of(fails, last > kLearned * first),
      fmt::format("the loss of {} samples went from {:.3g} to {:.3g} in {} steps, with a rate of "
                  "{:.2g}",
                  facts.samples, first, last, facts.losses.size(), facts.rate),
      "a network must be able to learn a batch by heart: look at the rate, the labels, frozen "
      "stages and what is drawn at random (model.dropout); longer: train.overfit_batches=1 "
      "train.epochs=300");
}

Findings check_gradients(const std::vector<ParameterGradient>& gradients) {
  constexpr double kNone = 1e-20, kSomeDead = 0.2, kManyDead = 0.6;
  constexpr std::int64_t kFew = 8;  // by chance, of a narrow layer
  std::vector<const ParameterGradient*> bad;
  const ParameterGradient* worst = nullptr;
  const auto part = [](const ParameterGradient& one) {
    return one.units == 0 ? 0.0
                          : static_cast<double>(one.dead_units) / static_cast<double>(one.units);
  };
  for (const ParameterGradient& one : gradients) {
    if (!std::isfinite(one.magnitude) || one.magnitude < kNone) bad.push_back(&one);
    if (worst == nullptr || part(one) > part(*worst)) worst = &one;
  }
  std::string why = fmt::format("each of {} trained parameters has one", gradients.size());
  if (!bad.empty()) {
    why = fmt::format("{} of {} trained parameters have none or one that is not finite, such as {}",
                      bad.size(), gradients.size(), bad.front()->name);
  }
  if (gradients.empty()) why = "nothing is trained";
  Findings all = {finding(
      "gradients", verdict_of(!bad.empty() || gradients.empty(), false), std::move(why),
      "what has no gradient learns nothing: a layer behind it is dead or all 0, the first loss is "
      "odd, or fine_tune.freeze takes all")};
  if (worst == nullptr) return all;
  const double dead = part(*worst);
  all.push_back(finding(
      "dead units", verdict_of(dead > kManyDead, dead > kSomeDead && worst->dead_units >= kFew),
      worst->dead_units == 0 ? "none"
                             : fmt::format("{} of {} in {}, the most of a layer", worst->dead_units,
                                           worst->units, worst->name),
      "they give 0 for every image, and so stay: lower the rate, look at "
      "data.mean and data.std, use another model.init or a norm"));
  return all;
}

}  // namespace lockstep
