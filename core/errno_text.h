#pragma once

#include <string>
#include <system_error>

namespace lockstep {

/// The system's words for a value of errno, "No such file or directory". Unlike strerror's, for any
/// thread. Keep errno in a variable before anything else may change it.
inline std::string errno_text(int error) { return std::generic_category().message(error); }

}  // namespace lockstep
