#include "sharding/table/delimited_text.h"

#include "core/error.h"

namespace lockstep {

DelimitedText::DelimitedText(std::string_view text, char delimiter)
    : text_(text), delimiter_(delimiter) {
  if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  check(!text_.starts_with("\xff\xfe") && !text_.starts_with("\xfe\xff"), ExitCode::data,
        "it is UTF-16; save it as UTF-8");
}

bool DelimitedText::at_line_end() const {
  return text_[at_] == '\n' || text_.substr(at_).starts_with("\r\n");
}

void DelimitedText::skip_line_end() {
  at_ += text_[at_] == '\n' ? 1 : 2;
  ++line_;
}

void DelimitedText::read_quoted(std::string& field) {
  const std::uint64_t opened = line_;
  ++at_;
  while (true) {
    check(at_ < text_.size(), ExitCode::data, "a quote that opens in line {} is never closed",
          opened);
    const char c = text_[at_++];
    if (c == '\n') ++line_;
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
