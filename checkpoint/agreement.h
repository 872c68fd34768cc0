#pragma once

#include <functional>
#include <string>

#include "comm/communicator/communicator.h"

namespace lockstep {

/// Collective. Every rank does its `work`; where it throws on one of them, every rank throws an
/// Error of the same code and message: that of the lowest rank that failed, named unless it is 0.
/// `work` makes no collective call.
void do_together(Communicator& communicator, const std::function<void()>& work);

/// Collective. The root's `text`, on every rank.
std::string broadcast_text(Communicator& communicator, std::string text, int root);

}  // namespace lockstep
