#include "sharding/archive/archive_stream.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <array>
#include <clocale>
#include <exception>
#include <unistd.h>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"

namespace lockstep {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;

/// Names are UTF-8, whatever the user's locale: libarchive converts them to that of the thread.
class Utf8Locale {
 public:
  Utf8Locale() {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) before_ = ::uselocale(utf8);
  }
  ~Utf8Locale() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_ = nullptr;
};

ArchiveStream::Entry::Kind kind_of(archive_entry* entry) {
  using Kind = ArchiveStream::Entry::Kind;
  if (archive_entry_hardlink(entry) != nullptr) return Kind::link;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return Kind::file;
    case AE_IFDIR:
      return Kind::folder;
    case AE_IFLNK:
      return Kind::link;
    default:
      return Kind::other;
  }
}

/// A tar file ends in zeros; libarchive takes one that was cut short between entries for whole.
void check_tar_end(int fd, const std::filesystem::path& path) {
  const std::uint64_t size = file_size(fd, path);
  std::array<std::byte, 512> end{};
  if (size < end.size()) return;  // libarchive says what it is
  pread_exactly(fd, end, size - end.size(), path, ExitCode::data);
  check(std::ranges::all_of(end, [](std::byte byte) { return byte == std::byte{0}; }),
        ExitCode::data, "'{}' ends without a tar file's end; it was cut short: fetch it again",
        path.string());
}

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | std::to_integer<std::uint8_t>(bytes[i]);
  return value;
}

/// How many entries a zip says that it has, modulo 2^16 (APPNOTE.TXT, 4.3.16); std::nullopt where
/// it says so elsewhere.
std::optional<std::uint32_t> count_zip_entries(int fd, const std::filesystem::path& path) {
  constexpr std::size_t kRecord = 22, kMostComment = 65535, kCountAt = 10, kCommentAt = 20;
  constexpr std::uint32_t kSignature = 0x06054b50, kElsewhere = 0xffff;
  const std::uint64_t size = file_size(fd, path);
  std::vector<std::byte> end(std::min<std::uint64_t>(size, kRecord + kMostComment));
  pread_exactly(fd, end, size - end.size(), path, ExitCode::data);
  for (std::size_t comment = 0; comment + kRecord <= end.size(); ++comment) {
    const auto record = std::span(end).subspan(end.size() - kRecord - comment, kRecord);
    if (little_endian(record.first(4)) != kSignature) continue;
    if (little_endian(record.subspan(kCommentAt, 2)) != comment) continue;
    const std::uint32_t count = little_endian(record.subspan(kCountAt, 2));
    return count == kElsewhere ? std::nullopt : std::optional(count);
  }
  return std::nullopt;  // libarchive says what it is
}

}  // namespace

void ArchiveBudget::spend(std::uint64_t bytes) {
  check(bytes <= left_, ExitCode::data,
        "more than {} bytes come out for each byte of the archive '{}'; it is made to fill disks "
        "and is not read. If that is wrong, unpack it and pack the folder",
        kMostRatio, name_);
  left_ -= bytes;
}

/// libarchive's reader, and what its bytes come from.
struct ArchiveStream::Library {
  Library(ArchiveStream& owner, ArchiveKind kind_of_it)
      : stream(owner), kind(kind_of_it), handle(archive_read_new()) {
    check(handle != nullptr, ExitCode::internal, "libarchive has no memory");
    // By its directory, at the end: one that was cut short has none.
    if (kind == ArchiveKind::zip) archive_read_support_format_zip_seekable(handle);
    if (kind == ArchiveKind::seven_zip) archive_read_support_format_7zip(handle);
    if (kind == ArchiveKind::tar || kind == ArchiveKind::tar_gz) {
      archive_read_support_format_tar(handle);
    }
    if (kind == ArchiveKind::tar_gz) archive_read_support_filter_gzip(handle);
  }
  ~Library() { archive_read_free(handle); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  static la_ssize_t give_block(archive*, void* self, const void** block) {
    auto& library = *static_cast<Library*>(self);
    try {
      *block = library.block.data();
      return static_cast<la_ssize_t>(library.outer->read(library.block));
    } catch (...) {  // no exception passes through C
      library.failure = std::current_exception();
      return -1;
    }
  }

  void open(int fd) {
    if (kind == ArchiveKind::zip) entries_to_come = count_zip_entries(fd, stream.name_);
    const Utf8Locale utf8;
    expect(archive_read_open_fd(handle, fd, kBlockBytes));
  }

  void open(ArchiveStream& source) {
    const Utf8Locale utf8;
    outer = &source;
    block.resize(kBlockBytes);
    expect(archive_read_open(handle, this, nullptr, give_block, nullptr));
  }

  /// Throws where `result`, of a call of the library, says that it failed.
  void expect(la_ssize_t result) {
    if (failure) std::rethrow_exception(std::exchange(failure, nullptr));
    pay();
    if (result >= 0 || result == ARCHIVE_WARN) return;
    const char* reason = archive_error_string(handle);
    fail(ExitCode::data, "the archive '{}' cannot be read{}{}: {}; is it damaged, or cut short?",
         stream.name_, at.empty() ? "" : ", at the entry ",
         at.empty() ? "" : fmt::format("'{}'", at), reason == nullptr ? "no reason given" : reason);
  }

  /// What the filter unpacked counts also where it was skipped.
  void pay() {
    const la_int64_t now = archive_filter_bytes(handle, 0);
    if (now <= filtered) return;
    stream.budget_.spend(static_cast<std::uint64_t>(now - filtered));
    filtered = now;
  }

  /// Two entries at one place are one to the library.
  void check_end() const {
    check(
        !entries_to_come || *entries_to_come == (entries & 0xffff), ExitCode::data,
        "the archive '{}' says that it has {} entries, and {} can be read; it is damaged: fetch it "
        "again",
        stream.name_, *entries_to_come, entries);
  }

  ArchiveStream& stream;
  ArchiveKind kind;
  archive* handle;
  std::optional<std::uint32_t> entries_to_come;  ///< modulo 2^16, of a zip
  std::uint64_t entries = 0;
  UniqueFd file;
  ArchiveStream* outer = nullptr;
  std::vector<std::byte> block;
  std::exception_ptr failure;
  la_int64_t filtered = 0;
  std::string at;  ///< the entry's path
};

ArchiveStream::ArchiveStream(const std::filesystem::path& file, ArchiveBudget& budget)
    : name_(file.string()), budget_(budget) {
  const ArchiveKind kind = archive_kind_by_name(file).value();
  library_ = std::make_unique<Library>(*this, kind);
  library_->file = open_for_reading(file, ExitCode::data);
  if (kind == ArchiveKind::tar) check_tar_end(library_->file.get(), file);
  library_->open(library_->file.get());
}

ArchiveStream::ArchiveStream(ArchiveStream& outer, ArchiveKind kind, std::string name,
                             ArchiveBudget& budget)
    : name_(std::move(name)), budget_(budget), library_(std::make_unique<Library>(*this, kind)) {
  library_->open(outer);
}

ArchiveStream::ArchiveStream(int fd, ArchiveKind kind, std::string name, ArchiveBudget& budget)
    : name_(std::move(name)), budget_(budget), library_(std::make_unique<Library>(*this, kind)) {
  check(::lseek(fd, 0, SEEK_SET) == 0, ExitCode::storage, "cannot go back in the copy of '{}'",
        name_);
  library_->open(fd);
}

ArchiveStream::~ArchiveStream() = default;

bool ArchiveStream::next(Entry& entry) {
  const Utf8Locale utf8;
  archive_entry* header = nullptr;
  const int result = archive_read_next_header(library_->handle, &header);
  library_->expect(result);
  if (result == ARCHIVE_EOF) {
    library_->check_end();
    return false;
  }
  ++library_->entries;
  const char* path = archive_entry_pathname(header);
  if (path == nullptr) path = archive_entry_pathname_utf8(header);
  try {
    check(path != nullptr, ExitCode::data, "an entry has a name that cannot be read");
    entry.path = clean_entry_path(path);
  } catch (const Error& error) {
    fail(error.code(), "the archive '{}': {}", name_, error.what());
  }
  entry.kind = kind_of(header);
  library_->at = entry.path;
  check(entry.kind != Entry::Kind::file || archive_entry_is_encrypted(header) == 0, ExitCode::data,
        "the archive '{}' is encrypted; unpack it with its password, and pack the folder", name_);
  return true;
}

std::size_t ArchiveStream::read(std::span<std::byte> bytes) {
  const la_ssize_t count = archive_read_data(library_->handle, bytes.data(), bytes.size());
  library_->expect(count < 0 ? ARCHIVE_FAILED : count);  // no warning is harmless here
  const auto read = static_cast<std::size_t>(count);
  budget_.spend(read);
  return read;
}

}  // namespace lockstep
