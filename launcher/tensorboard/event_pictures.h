#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep {

/// What a file that replaces an event file keeps of it.
struct PictureRecords {
  std::string records;
  bool is_whole = true;  ///< false: the file is damaged, and these are the pictures before that
};

/// Those records of an event file (event_record.h) that are pictures of steps from 1 to
/// `last_step`.
PictureRecords picture_records(std::string_view file, std::int64_t last_step);

}  // namespace lockstep
