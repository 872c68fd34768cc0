#pragma once

#include <span>
#include <string>
#include <string_view>

namespace lockstep {

/// Appends a field of a CSV line as RFC 4180 has it: in quotes where it must be.
void append_csv_field(std::string& line, std::string_view field, char separator = ',');

/// How such a line ends.
inline constexpr std::string_view kCsvLineEnd = "\r\n";

/// Appends a line of these fields.
void append_csv_line(std::string& text, std::span<const std::string> fields, char separator = ',',
                     std::string_view line_end = kCsvLineEnd);

}  // namespace lockstep
