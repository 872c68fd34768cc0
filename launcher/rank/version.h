#pragma once

namespace lockstep {

inline constexpr const char* kVersion = LOCKSTEP_VERSION;

}  // namespace lockstep
