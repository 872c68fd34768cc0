#pragma once

namespace lockstep {

/// The sections `ema` and `average` of a config: an average of the weights, which is kept beside
/// them. One of both kinds, or none.
struct AverageOptions {
  // An exponential moving average.

  double decay = 0;    ///< of the average's own part, at each step; 0: none
  bool warmup = true;  ///< the decay is at most (1 + steps) / (10 + steps)

  // Stochastic weight averaging.

  int last = 0;  ///< the mean over the ends of so many last epochs; 0: none

  bool is_on() const { return decay > 0 || last > 0; }
};

}  // namespace lockstep
