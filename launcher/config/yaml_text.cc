#include "launcher/config/yaml_text.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr int kMostLevels = 32;

/// The line (from 0) that is at `at`, for a mark.
YAML::Mark mark_at(std::string_view text, std::size_t at) {
  YAML::Mark mark;
  mark.pos = static_cast<int>(at);
  mark.line = static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
  return mark;
}

/// Sees a document before any of it is kept: aliases make nodes that contain themselves, or stand
/// for more than memory holds.
class Limits final : public YAML::EventHandler {
 public:
  Limits(std::string_view text, const YamlPlace& place) : text_(text), place_(place) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string&) override {
    check_closed(static_cast<std::size_t>(mark.pos));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(ExitCode::usage,
         "an alias (*name) {}: a config has none; write the value itself, in quotes where it "
         "begins with *",
         place_(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnSequenceEnd() override { --levels_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    enter(mark);
  }
  void OnMapEnd() override { --levels_; }

 private:
  void enter(const YAML::Mark& mark) {
    check(++levels_ <= kMostLevels, ExitCode::usage,
          "more than {} levels of sections and lists {}: no key of a config is so deep",
          kMostLevels, place_(mark));
  }

  /// yaml-cpp takes a line break at the end of the text for the end of the quotes of the scalar at
  /// `at`.
  void check_closed(std::size_t at) {
    while (at < text_.size() && (text_[at] == '!' || text_[at] == '&')) {  // its tag and anchor
      at = text_.find_first_not_of(" \t\r\n", text_.find_first_of(" \t\r\n", at));
    }
    if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return;
    const std::size_t opened = at;
    const char quote = text_[opened];
    const std::string_view escaped = quote == '"' ? "\\" : "''";
    for (++at; at < text_.size();) {
      const bool is_escape = text_.substr(at).starts_with(escaped);
      if (!is_escape && text_[at] == quote) return;
      at += is_escape ? 2 : 1;
    }
    fail(ExitCode::usage, "a quote ({}) that is never closed {}", quote,
         place_(mark_at(text_, opened)));
  }

  std::string_view text_;
  const YamlPlace& place_;
  int levels_ = 0;
};

/// yaml-cpp takes some of them for the end of the text.
void check_characters(std::string_view text, const YamlPlace& place) {
  const auto found = std::ranges::find_if(text, [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f;
  });
  if (found == text.end()) return;
  fail(ExitCode::usage,
       "a control character (0x{:02x}) {}: a config is text in UTF-8; in double quotes, \"\\x1b\" "
       "stands for such a one",
       static_cast<int>(static_cast<unsigned char>(*found)),
       place(mark_at(text, static_cast<std::size_t>(found - text.begin()))));
}

/// What YAML says of a tab does not name it.
void check_indentation(std::string_view text, const YAML::Mark& until, const YamlPlace& place) {
  int number = 0;
  for (std::size_t begin = 0; begin < text.size() && number <= until.line; ++number) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const std::string_view blank =
        line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    check(blank.size() == line.size() || blank.find('\t') == std::string_view::npos,
          ExitCode::usage, "a tab before the text of a line {}: YAML indents with spaces",
          place(mark_at(text, begin)));
    begin = end + 1;
  }
}

int count_documents(const std::string& text, const YamlPlace& place) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Limits limits(text, place);
  int documents = 0;
  while (documents <= 1 && parser.HandleNextDocument(limits)) ++documents;
  return documents;
}

}  // namespace

YAML::Node read_yaml(std::string_view text, const YamlPlace& place) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  check(text.size() <= kMostBytes, ExitCode::usage, "{} bytes {}: a config has at most {}",
        text.size(), place(YAML::Mark::null_mark()), kMostBytes);
  check_characters(text, place);
  const std::string copy(text);
  try {
    check(count_documents(copy, place) <= 1, ExitCode::usage, "more than one YAML document {}",
          place(YAML::Mark::null_mark()));
    return YAML::Load(copy);
  } catch (const YAML::Exception& error) {
    check_indentation(text, error.mark, place);
    fail(ExitCode::usage, "not YAML {}: {}", place(error.mark), error.msg);
  }
}

}  // namespace lockstep
