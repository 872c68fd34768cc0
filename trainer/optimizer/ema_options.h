#pragma once

namespace lockstep {

/// The `ema` section of a config: an exponential moving average of the weights.
struct EmaOptions {
  double decay = 0;    ///< of the average's own part, at each step; 0: no average is kept
  bool warmup = true;  ///< the decay is at most (1 + steps) / (10 + steps)

  bool is_on() const { return decay > 0; }
};

}  // namespace lockstep
