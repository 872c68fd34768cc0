#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// Reads CSV (RFC 4180) or TSV: quoted fields with doubled quotes, delimiters and line ends inside
/// of quotes, lines that end in LF or CRLF, a UTF-8 byte order mark. Empty lines are skipped.
class DelimitedText {
 public:
  /// `text` must outlive the object.
  DelimitedText(std::string_view text, char delimiter);

  /// Reads the next row into `fields`, whose memory is reused; false at the end. Throws Error(data)
  /// where a quote is never closed: all that follows would be one field.
  bool next(std::vector<std::string>& fields);
  /// The number of the line that the row began on, from 1.
  std::uint64_t line() const { return row_line_; }
  /// What is malformed in the row's quoting; nullptr where nothing is.
  const char* malformed() const { return malformed_; }

 private:
  void read_quoted(std::string& field);
  bool at_line_end() const;
  void skip_line_end();

  std::string_view text_;
  char delimiter_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
  const char* malformed_ = nullptr;
};

}  // namespace lockstep
