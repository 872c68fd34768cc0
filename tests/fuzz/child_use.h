#pragma once

#include <sys/resource.h>
#include <sys/time.h>

#include "tests/fuzz/fuzz_input.h"

namespace lockstep {

/// What child processes have taken since this object was made: no small file may make them compute
/// for more than 10 s, nor take more than 1 GiB.
class ChildUse {
 public:
  void check() const {
    rusage own{};
    ::getrusage(RUSAGE_SELF, &own);
    const rusage children = used();
    constexpr double kMostSeconds = 10;
    constexpr long kMostKib = 1 << 20;
    expect(seconds(children) - seconds(before_) <= kMostSeconds, "the children took at most 10 s");
    expect(children.ru_maxrss - own.ru_maxrss <= kMostKib, "no child took more than 1 GiB");
  }

 private:
  static rusage used() {
    rusage use{};
    ::getrusage(RUSAGE_CHILDREN, &use);
    return use;
  }
  static double seconds(const rusage& use) {
    const auto of = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return of(use.ru_utime) + of(use.ru_stime);
  }

  rusage before_ = used();
};

}  // namespace lockstep
