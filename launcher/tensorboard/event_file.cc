#include "launcher/tensorboard/event_file.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

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

/// Those in `directory` by their numbers.
std::map<std::int64_t, std::filesystem::path> event_files(const std::filesystem::path& directory) {
  std::map<std::int64_t, std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::optional<std::int64_t> number = number_of(entry->path().filename().string());
    std::error_code ignored;
    const bool is_file =
        entry->symlink_status(ignored).type() == std::filesystem::file_type::regular;
    if (number && is_file) files.emplace(*number, entry->path());
  }
  check(!error, ExitCode::storage, "cannot look for event files in '{}': {}", directory.string(),
        error.message());
  return files;
}

}  // namespace

EventFile::EventFile(const std::filesystem::path& directory, std::string_view content) {
  const std::map<std::int64_t, std::filesystem::path> before = event_files(directory);
  std::int64_t number = std::chrono::duration_cast<std::chrono::seconds>(
                            std::chrono::system_clock::now().time_since_epoch())
                            .count();
  if (!before.empty()) number = std::max(number, before.rbegin()->first + 1);
  path_ = directory / fmt::format("{}{:010}{}", kPrefix, number, kSuffix);
  replace_file(path_, content);
  for (const auto& [_, old] : before) {
    std::error_code error;
    std::filesystem::remove(old, error);
    check(!error, ExitCode::storage, "cannot remove the event file '{}', which '{}' replaces: {}",
          old.string(), path_.string(), error.message());
  }
  fd_ = open_for_appending(path_);
}

void EventFile::append(std::string_view records) {
  write_all(fd_.get(), std::as_bytes(std::span(records)), path_);
}

std::string EventFile::read(const std::filesystem::path& directory) {
  const std::map<std::int64_t, std::filesystem::path> files = event_files(directory);
  if (files.empty()) return {};
  return read_file(files.rbegin()->second, ExitCode::storage, std::uint64_t{1} << 32);
}

}  // namespace lockstep
