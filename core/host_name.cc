#include "core/host_name.h"

#include <unistd.h>

namespace lockstep {

std::string host_name() {
  char name[256] = "unknown";
  gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace lockstep
