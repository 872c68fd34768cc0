#include "launcher/history/text_style.h"

#include <algorithm>
#include <string>
#include <unistd.h>

#include "core/ascii.h"
#include "launcher/job/progress.h"

namespace lockstep {
namespace {

std::string value_in(const Environment& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

/// The first of these that is set decides (POSIX, 8.2).
std::string locale_of(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string value = value_in(environment, name);
    if (!value.empty()) return value;
  }
  return "C";
}

}  // namespace

TextStyle style_of(int fd, const Environment& environment) {
  const std::string locale = ascii_lower(locale_of(environment));
  const bool is_terminal = ::isatty(fd) == 1;
  return {.columns = columns_of(fd),
          .is_utf8 = locale.ends_with("utf-8") || locale.ends_with("utf8"),
          .has_colours = is_terminal && value_in(environment, "NO_COLOR").empty() &&
                         value_in(environment, "TERM") != "dumb"};
}

}  // namespace lockstep
