#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Collective. Every rank's text, of any length, in rank order.
std::vector<std::string> gather_texts(Communicator& communicator, std::string_view mine);

}  // namespace lockstep
