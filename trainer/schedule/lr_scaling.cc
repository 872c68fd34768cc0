#include "trainer/schedule/lr_scaling.h"

#include <cmath>

namespace lockstep {
namespace {

double scale(LrScaling rule, double ratio) {
  switch (rule) {
    case LrScaling::linear:
      return ratio;
    case LrScaling::sqrt:
      return std::sqrt(ratio);
    case LrScaling::none:
      return 1;
  }
  assert(false);
  return 1;
}

}  // namespace

double BaseRate::for_batch(double batch) const { return lr * scale(scaling, batch / lr_batch); }

}  // namespace lockstep
