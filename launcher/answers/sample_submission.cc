#include "launcher/answers/sample_submission.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "core/error.h"
#include "core/file.h"
#include "sharding/source/label_name.h"
#include "sharding/table/delimited_text.h"

namespace lockstep {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 31;
constexpr std::uint64_t kTwice = UINT64_MAX;  ///< an id of several images

using ImageNumbers = std::unordered_map<std::string, std::uint64_t>;

ImageNumbers number_images(const std::vector<std::string>& paths, IdForm form) {
  ImageNumbers numbers;
  for (std::uint64_t i = 0; i < paths.size(); ++i) {
    const auto [entry, is_new] = numbers.emplace(id_of(paths[i], form), i);
    if (!is_new) entry->second = kTwice;
  }
  return numbers;
}

/// The first line as it is, a line end in quotes included.
std::string first_line(std::string_view text) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < text.size() && (quoted || (text[end] != '\n' && text[end] != '\r')); ++end) {
    if (text[end] == '"') quoted = !quoted;
  }
  return std::string(text.substr(0, end));
}

void check_ids(const SampleSubmission& sample, const std::filesystem::path& file) {
  std::vector<std::string_view> ids(sample.ids.begin(), sample.ids.end());
  std::ranges::sort(ids);
  const auto twin = std::ranges::adjacent_find(ids);
  check(twin == ids.end(), ExitCode::usage, "--like '{}' has two rows with the id '{}'", file,
        twin == ids.end() ? "" : *twin);
}

}  // namespace

SampleSubmission read_sample_submission(const std::filesystem::path& file) {
  const std::string text = read_file(file, ExitCode::usage, kMaxBytes);
  SampleSubmission sample{.header = first_line(text)};
  const std::string_view rest = std::string_view(text).substr(sample.header.size());
  sample.line_end = rest.starts_with("\r\n") ? "\r\n" : rest.starts_with('\r') ? "\r" : "\n";
  sample.separator = find_separator(text, file);
  try {
    DelimitedText rows(text, sample.separator);
    std::vector<std::string> fields;
    check(rows.next(fields) && fields.size() >= 2, ExitCode::usage,
          "its first line does not name at least two columns");
    for (std::size_t i = 1; i < fields.size(); ++i) sample.columns.push_back(clean_name(fields[i]));
    while (rows.next(fields)) {
      check(fields.size() == sample.columns.size() + 1, ExitCode::usage,
            "line {} has {} fields, and the header {}", rows.line(), fields.size(),
            sample.columns.size() + 1);
      sample.ids.push_back(std::move(fields[0]));
      sample.values.emplace_back(std::make_move_iterator(fields.begin() + 1),
                                 std::make_move_iterator(fields.end()));
    }
  } catch (const Error& error) {
    fail(ExitCode::usage, "--like '{}': {}", file, error.what());
  }
  check_ids(sample, file);
  return sample;
}

MatchedRows match_rows(const SampleSubmission& sample, const std::vector<std::string>& paths,
                       std::optional<IdForm> form) {
  MatchedRows best;
  std::uint64_t most = 0;
  for (const IdForm each : {IdForm::path, IdForm::name, IdForm::stem}) {
    if (form && each != *form) continue;
    const ImageNumbers numbers = number_images(paths, each);
    MatchedRows rows{.form = each};
    std::uint64_t found = 0;
    for (const std::string& id : sample.ids) {
      const auto entry = numbers.find(id);
      rows.images.push_back(entry == numbers.end() ? std::nullopt : std::optional(entry->second));
      found += entry != numbers.end();
    }
    if (found <= most) continue;
    most = found;
    best = std::move(rows);
  }
  check(most > 0, ExitCode::usage,
        "no image has an id of the sample: the sample's first is '{}', the first image is '{}'. "
        "--id says what of an image's path is its id; a sample of a header alone takes all images",
        sample.ids.empty() ? "" : sample.ids[0], paths.empty() ? "" : paths[0]);
  for (std::size_t row = 0; row < best.images.size(); ++row) {
    check(best.images[row] != kTwice, ExitCode::usage,
          "several images have the id '{}' of the sample's row {}; --id path, or one folder as "
          "input, tells them apart",
          sample.ids[row], row + 1);
  }
  best.missing = sample.ids.size() - most;
  best.unused = paths.size() - most;
  return best;
}

}  // namespace lockstep
