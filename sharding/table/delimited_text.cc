#include "sharding/table/delimited_text.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "sharding/source/image_name.h"

namespace lockstep {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
/// A field takes more memory than its separator in the file.
constexpr std::size_t kMostFields = 1 << 17;

/// How often each character of `separators` is in the first line that is not empty, outside of
/// quotes.
template <std::size_t N>
std::array<std::size_t, N> count_in_header(std::string_view text,
                                           const std::array<char, N>& separators) {
  std::array<std::size_t, N> counts{};
  bool quoted = false;
  bool begun = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    const bool is_end = c == '\n' || c == '\r';
    if (is_end && begun) break;
    begun = begun || !is_end;
    for (std::size_t i = 0; i < N; ++i) counts[i] += c == separators[i];
  }
  return counts;
}

/// "sep=;", by which Excel knows the separator, at the begin of the text; else empty.
std::string_view separator_line(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return line.size() == 5 && line.starts_with("sep=") ? line : std::string_view();
}

}  // namespace

char find_separator(std::string_view text, const std::filesystem::path& name) {
  if (const std::string_view line = separator_line(text); !line.empty()) return line[4];
  // Of equals the first; that of the name first of all.
  std::array separators{'\t', ',', ';', '|'};
  if (lower_extension(name) == ".csv") std::swap(separators[0], separators[1]);
  const auto counts = count_in_header(text, separators);
  if (counts[0] > 0) return separators[0];
  return separators[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

char parse_separator(std::string_view text) {
  if (text == "tab" || text == "\\t") return '\t';
  check(text.size() == 1 && text != "\"" && text != "\n" && text != "\r", ExitCode::usage,
        "--separator '{}' is not one character, such as , ; or |, or the word tab", text);
  return text[0];
}

DelimitedText::DelimitedText(std::string_view text, char delimiter)
    : text_(text), delimiter_(delimiter), ends_in_cr_(text.find('\n') == std::string_view::npos) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  at_ += separator_line(text_).size();
  check(!text_.starts_with("\xff\xfe") && !text_.starts_with("\xfe\xff"), ExitCode::data,
        "it is UTF-16; save it as UTF-8");
  check(text_.find('\0') == std::string_view::npos, ExitCode::data,
        "it has zero bytes, as UTF-16 does; save it as UTF-8");
}

bool DelimitedText::at_line_end() const {
  if (text_[at_] == '\n' || (text_[at_] == '\r' && ends_in_cr_)) return true;
  return text_.substr(at_).starts_with("\r\n");
}

void DelimitedText::skip_line_end() {
  at_ += text_[at_] == '\n' || ends_in_cr_ ? 1 : 2;
  ++line_;
}

void DelimitedText::read_quoted(std::string& field) {
  const std::uint64_t opened = line_;
  ++at_;
  while (true) {
    check(at_ < text_.size(), ExitCode::data, "a quote that opens in line {} is never closed",
          opened);
    const char c = text_[at_++];
    if (c == (ends_in_cr_ ? '\r' : '\n')) ++line_;
    if (c != '"') {
      field += c;
    } else if (at_ < text_.size() && text_[at_] == '"') {
      field += '"';
      ++at_;
    } else {
      return;
    }
  }
}

bool DelimitedText::next(std::vector<std::string>& fields) {
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  if (at_ >= text_.size()) return false;
  row_line_ = line_;
  malformed_ = nullptr;
  std::size_t count = 0;
  for (bool more = true; more;) {
    check(count < kMostFields, ExitCode::data, "line {} has more than {} fields", row_line_,
          kMostFields);
    if (fields.size() <= count) fields.emplace_back();
    std::string& field = fields[count++];
    field.clear();
    if (at_ < text_.size() && text_[at_] == '"') {
      read_quoted(field);
      if (at_ < text_.size() && text_[at_] != delimiter_ && !at_line_end()) {
        malformed_ = "text after a closing quote";
      }
    }
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && !at_line_end()) ++at_;
    field += text_.substr(start, at_ - start);
    more = at_ < text_.size() && text_[at_] == delimiter_;
    if (more) ++at_;
  }
  if (at_ < text_.size()) skip_line_end();
  fields.resize(count);
  return true;
}

}  // namespace lockstep
