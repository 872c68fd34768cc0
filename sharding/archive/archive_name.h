#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

/// The kinds of archives that are read.
enum class ArchiveKind {
  tar,
  tar_gz,
  zip,
  seven_zip,
};

/// What the ending of a file's name says, in any case: .tar, .tar.gz or .tgz, .zip, .7z.
std::optional<ArchiveKind> archive_kind_by_name(const std::filesystem::path& path);

/// The name of the folder that an archive counts as: "train" of "train.tar.gz".
std::string archive_folder_name(const std::filesystem::path& path);

/// An entry may have a name of this many bytes.
inline constexpr std::size_t kMostEntryName = 4096;

/// The path that an entry of this name would be unpacked to, in its one form: without `./`, double
/// slashes and a slash at the end; empty for the root. Throws Error(data) where it leads out of the
/// archive (`..`, or from the root of the file system), is too long, or holds a zero byte.
std::string clean_entry_path(std::string_view name);

}  // namespace lockstep
