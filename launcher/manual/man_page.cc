#include "launcher/manual/man_page.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/file.h"

namespace lockstep {
namespace {

/// `text` as it is: no character of it is a request. Those outside of ASCII are named by their
/// numbers, which every groff reads.
std::string plain(std::string_view text) {
  std::string result;
  bool at_line_begin = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (at_line_begin && (c == '.' || c == '\'')) result += "\\&";
    at_line_begin = c == '\n';
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '`') {
      result += "\\(ga";
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '~') {
      result += "\\(ti";
    } else if (c < 0x80) {
      result.push_back(static_cast<char>(c));
    } else {
      // UTF-8: how many bytes follow, and the bits of the first.
      const int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      unsigned int code = c & (0x3fu >> more);
      for (int k = 0; k < more && i + 1 < text.size(); ++k) {
        code = code << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fu);
      }
      result += fmt::format("\\[u{:04X}]", code);
    }
  }
  return result;
}

/// Text whose lines stay lines.
std::string block(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return ".nf\n" + plain(text) + "\n.fi\n";
}

/// Paragraphs; one with a line that is indented keeps its lines.
std::string paragraphs(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find("\n\n"), text.size());
    const std::string_view one = text.substr(0, end);
    const bool is_list = one.find("\n  ") != std::string_view::npos;
    if (!one.empty()) result += ".PP\n" + (is_list ? block(one) : plain(one) + "\n");
    text.remove_prefix(std::min(end + 2, text.size()));
  }
  return result;
}

/// Lines that stay lines, in a paragraph that a screen may fill otherwise.
std::string lines(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    result += (result.empty() ? "" : ".br\n") + plain(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + plain(text) + "\\fR"; }

std::string option_entry(const OptionHelp& option) {
  std::string head;
  for (const std::string& name : option.names) head += (head.empty() ? "" : ", ") + bold(name);
  if (option.names.empty()) head = italic(option.argument);
  if (!option.names.empty() && !option.value.empty()) head += " " + italic(option.value);
  return ".TP\n" + head + "\n" + lines(option.description);
}

std::string synopsis(const CommandHelp& help, bool is_program) {
  std::string line =
      is_program ? bold("lockstep") + " " + italic("COMMAND") : bold("lockstep " + help.name);
  line += " [" + italic("OPTIONS") + "]";
  for (const OptionHelp& option : help.options) {
    if (option.argument.empty()) continue;
    const std::string text = italic(option.argument) + (option.may_repeat ? "..." : "");
    line += option.is_required ? " " + text : " [" + text + "]";
  }
  return line + "\n";
}

std::string options(const CommandHelp& help) {
  std::string text;
  for (const bool of_arguments : {true, false}) {
    for (const OptionHelp& option : help.options) {
      if (option.names.empty() == of_arguments) text += option_entry(option);
    }
  }
  return text;
}

std::string page_name(std::span<const CommandHelp> helps, std::size_t index) {
  return index == 0 ? "lockstep" : "lockstep-" + helps[index].name;
}

std::string see_also(std::span<const CommandHelp> helps, std::size_t index) {
  std::string text;
  for (std::size_t i = 0; i < helps.size(); ++i) {
    if (i == index || (index != 0 && i != 0)) continue;
    text += (text.empty() ? "" : ", ") + bold(page_name(helps, i)) + "(1)";
  }
  return text + "\n";
}

}  // namespace

std::string man_page(std::span<const CommandHelp> helps, std::size_t index,
                     const std::string& version) {
  const CommandHelp& help = helps[index];
  const bool is_program = index == 0;
  const std::string name = page_name(helps, index);
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  // The program's summary begins with its name.
  std::string summary = help.summary;
  if (summary.starts_with(name + ": ")) summary.erase(0, name.size() + 2);

  std::string page =
      fmt::format(".TH \"{}\" 1 \"\" \"lockstep {}\" \"lockstep\"\n", upper, version);
  page += ".SH NAME\n" + plain(name) + " \\- " + plain(summary) + "\n";
  page += ".SH SYNOPSIS\n" + synopsis(help, is_program);
  page += ".SH DESCRIPTION\n" + plain(summary) + ".\n" + paragraphs(help.text);
  if (is_program) {
    page += ".SH COMMANDS\n";
    for (const CommandHelp& command : helps.subspan(1)) {
      page += ".TP\n" + bold(command.name) + "\n" + plain(command.summary) + "\n";
    }
  }
  page += ".SH OPTIONS\n" + options(help);
  if (!help.examples.empty()) page += ".SH EXAMPLES\n" + block(help.examples);
  return page + ".SH SEE ALSO\n" + see_also(helps, index);
}

void write_man_pages(std::span<const CommandHelp> helps, const std::filesystem::path& directory,
                     const std::string& version) {
  make_directories(directory);
  for (std::size_t i = 0; i < helps.size(); ++i) {
    replace_file(directory / (page_name(helps, i) + ".1"), man_page(helps, i, version));
  }
}

}  // namespace lockstep
