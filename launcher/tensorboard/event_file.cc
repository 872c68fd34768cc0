#include "launcher/tensorboard/event_file.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"

namespace lockstep {
namespace {

// TensorBoard reads files whose names have "tfevents" in them, in the order of their names; others
// that write them put the time there, too.
constexpr std::string_view kPrefix = "events.out.tfevents.";
constexpr std::string_view kSuffix = ".lockstep";

/// The number in the name of a file of ours; std::nullopt: it is none.
std::optional<std::int64_t> number_of(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& directory, std::string_view content) {
  std::vector<std::filesystem::path> before;
  std::int64_t number = std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::optional<std::int64_t> found = number_of(entry->path().filename().string());
    if (!found) continue;
    before.push_back(entry->path());
    number = std::max(number, *found + 1);
  }
  check(!error, ExitCode::storage, "cannot look for event files in '{}': {}", directory.string(),
        error.message());
  path_ = directory / fmt::format("{}{:010}{}", kPrefix, number, kSuffix);
  replace_file(path_, content);
  for (const std::filesystem::path& old : before) {
    std::filesystem::remove(old, error);
    check(!error, ExitCode::storage, "cannot remove the event file '{}', which '{}' replaces: {}",
          old.string(), path_.string(), error.message());
  }
  fd_ = open_for_appending(path_);
}

void EventFile::append(std::string_view records) {
  write_all(fd_.get(), std::as_bytes(std::span(records)), path_);
}

}  // namespace lockstep
