#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace lockstep {

/// The separator of the table `text`: that of `name` (.csv: a comma, else a tab) where its first
/// line has one outside of quotes; else the most frequent of , ; | and tab there.
char find_separator(std::string_view text, const std::filesystem::path& name);

/// The separator that --separator names: one character, or "tab". Throws Error(usage).
char parse_separator(std::string_view text);

/// Reads CSV (RFC 4180) or TSV: quoted fields with doubled quotes, delimiters and line ends inside
/// of quotes, lines that end in LF or CRLF (or, where there is no LF at all, in CR), a UTF-8 byte
/// order mark. Empty lines are skipped.
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
  bool ends_in_cr_;  ///< as on the first Macs
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
  const char* malformed_ = nullptr;
};

}  // namespace lockstep
