#include "sharding/archive/archive_name.h"

#include <utility>

#include "core/ascii.h"
#include "core/error.h"

namespace lockstep {
namespace {

constexpr std::pair<std::string_view, ArchiveKind> kEndings[] = {
    {".tar", ArchiveKind::tar}, {".tar.gz", ArchiveKind::tar_gz}, {".tgz", ArchiveKind::tar_gz},
    {".zip", ArchiveKind::zip}, {".7z", ArchiveKind::seven_zip},
};

/// The ending of `name`, with its kind; nullptr where it is none, or all of the name.
const std::pair<std::string_view, ArchiveKind>* find_ending(std::string_view name) {
  const std::string lower = ascii_lower(name);
  for (const auto& ending : kEndings) {
    if (lower.ends_with(ending.first) && lower.size() > ending.first.size()) return &ending;
  }
  return nullptr;
}

}  // namespace

std::optional<ArchiveKind> archive_kind_by_name(const std::filesystem::path& path) {
  const auto* ending = find_ending(path.filename().string());
  return ending == nullptr ? std::nullopt : std::optional(ending->second);
}

std::string archive_folder_name(const std::filesystem::path& path) {
  std::string name = path.filename().string();
  const auto* ending = find_ending(name);
  if (ending != nullptr) name.resize(name.size() - ending->first.size());
  return name;
}

std::string clean_entry_path(std::string_view name) {
  check(name.size() <= kMostEntryName, ExitCode::data,
        "an entry has a name of {} bytes; {} are read", name.size(), kMostEntryName);
  check(name.find('\0') == std::string_view::npos, ExitCode::data,
        "the entry '{}' has a zero byte in its name", name);
  check(!name.starts_with('/'), ExitCode::data,
        "the entry '{}' is to be unpacked at the root of the file system; such an archive is not "
        "read",
        name);
  std::string path;
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    name.remove_prefix(std::min(name.size(), part.size() + 1));
    check(part != "..", ExitCode::data,
          "an entry has '..' in its name, which leads out of the archive; such an archive is not "
          "read");
    if (part.empty() || part == ".") continue;
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

}  // namespace lockstep
