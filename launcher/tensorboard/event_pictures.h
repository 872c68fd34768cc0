#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep {

/// Those records of an event file (event_record.h) that are pictures of steps from 1 to
/// `last_step`, as far as the file is whole: what a file that replaces it keeps.
std::string picture_records(std::string_view file, std::int64_t last_step);

}  // namespace lockstep
