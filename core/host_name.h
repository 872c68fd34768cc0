#pragma once

#include <string>

namespace lockstep {

/// This machine's name, as messages name it.
std::string host_name();

}  // namespace lockstep
