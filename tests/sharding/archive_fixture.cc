#include "tests/sharding/archive_fixture.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <clocale>

#include "core/error.h"
#include "sharding/archive/archive_name.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

constexpr std::string_view kArrow = " -> ";

void set_format(archive* writer, ArchiveKind kind) {
  if (kind == ArchiveKind::zip) archive_write_set_format_zip(writer);
  if (kind == ArchiveKind::seven_zip) archive_write_set_format_7zip(writer);
  if (kind == ArchiveKind::tar) archive_write_set_format_pax_restricted(writer);
  if (kind == ArchiveKind::tar_gz) {
    archive_write_set_format_pax_restricted(writer);
    archive_write_add_filter_gzip(writer);
  }
}

void write_entry(archive* writer, const std::string& name, const std::string& content) {
  archive_entry* entry = archive_entry_new();
  const std::size_t arrow = name.find(kArrow);
  archive_entry_set_pathname(entry, name.substr(0, arrow).c_str());
  archive_entry_set_perm(entry, 0755);
  if (arrow != std::string::npos) {
    archive_entry_set_filetype(entry, AE_IFLNK);
    archive_entry_set_symlink(entry, name.substr(arrow + kArrow.size()).c_str());
  } else {
    archive_entry_set_filetype(entry, name.ends_with('/') ? AE_IFDIR : AE_IFREG);
  }
  archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
  const int result = archive_write_header(writer, entry);
  archive_entry_free(entry);
  check(result == ARCHIVE_OK, ExitCode::internal, "{}", archive_error_string(writer));
  if (content.empty()) return;
  const la_ssize_t written = archive_write_data(writer, content.data(), content.size());
  check(written == static_cast<la_ssize_t>(content.size()), ExitCode::internal, "not written");
}

}  // namespace

void write_archive(const std::filesystem::path& path, const ArchiveEntries& entries) {
  std::filesystem::create_directories(std::filesystem::absolute(path).parent_path());
  // The names are UTF-8, whatever the locale.
  const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = ::uselocale(utf8);
  archive* writer = archive_write_new();
  set_format(writer, archive_kind_by_name(path).value());
  check(archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK, ExitCode::internal, "{}",
        path);
  for (const auto& [name, content] : entries) write_entry(writer, name, content);
  check(archive_write_close(writer) == ARCHIVE_OK, ExitCode::internal, "not closed");
  archive_write_free(writer);
  ::uselocale(before);
  ::freelocale(utf8);
}

std::string archive_bytes(std::string_view ending, const ArchiveEntries& entries) {
  const TemporaryDirectory folder;
  const auto path = folder / fmt::format("a{}", ending);
  write_archive(path, entries);
  return read_text(path);
}

ArchiveEntries entries_of(const std::filesystem::path& folder) {
  ArchiveEntries entries;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file()) entries.emplace_back(name, read_text(entry.path()));
  }
  std::ranges::sort(entries, std::ranges::greater());
  return entries;
}

}  // namespace lockstep
