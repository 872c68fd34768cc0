#pragma once

#include "launcher/job/launch_mode.h"

namespace lockstep {

/// What a reader's screen can show.
struct TextStyle {
  int columns = 100;
  bool is_utf8 = false;
  bool has_colours = false;
};

/// That of a file descriptor: colours on a terminal alone (and not where NO_COLOR is set,
/// https://no-color.org), and Unicode where the locale of `environment` is one of UTF-8.
TextStyle style_of(int fd, const Environment& environment);

}  // namespace lockstep
