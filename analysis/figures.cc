#include "analysis/figures.h"

#include <algorithm>
#include <cassert>

namespace lockstep {
namespace {

MeasuredFigures measure_all(const Figures& names, std::size_t samples,
                            const BootstrapOptions& options, const FiguresOf& figures_of) {
  std::vector<double> values(names.count());
  figures_of({}, values);
  const std::vector<Interval> intervals = bootstrap(samples, values.size(), options, figures_of);
  MeasuredFigures result;
  std::size_t at = 0;
  const auto take = [&](const std::vector<std::string>& figures) {
    std::vector<MeasuredFigure> taken;
    for (const std::string& name : figures) {
      taken.push_back({name, values[at], intervals[at]});
      ++at;
    }
    return taken;
  };
  result.all = take(names.of_all());
  if (names.of_each().empty()) return result;
  for (std::size_t k = 0; k < names.outputs(); ++k) result.each.push_back(take(names.of_each()));
  return result;
}

}  // namespace

const MeasuredFigure* MeasuredFigures::find(std::string_view name) const {
  const auto found = std::ranges::find(all, name, &MeasuredFigure::name);
  return found == all.end() ? nullptr : &*found;
}

MeasuredFigures measure(const Figures& figures, std::size_t samples,
                        const BootstrapOptions& options) {
  return measure_all(
      figures, samples, options,
      [&](SampleWeights weights, std::span<double> values) { figures.values(weights, values); });
}

MeasuredFigures measure_difference(const Figures& first, const Figures& second, std::size_t samples,
                                   const BootstrapOptions& options) {
  assert(first.count() == second.count());
  std::vector<double> of_first(first.count());
  return measure_all(first, samples, options, [&](SampleWeights weights, std::span<double> values) {
    first.values(weights, of_first);
    second.values(weights, values);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= of_first[i];
  });
}

}  // namespace lockstep
