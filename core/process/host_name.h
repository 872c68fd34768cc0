#pragma once

#include <string>
#include <unistd.h>

namespace lockstep {

/// This machine's name, as messages name it.
inline std::string host_name() {
  char name[256] = "unknown";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace lockstep
