#include "core/storage/new_file.h"

#include <fcntl.h>
#include <utility>

#include "core/error.h"
#include "core/process/pulse.h"

namespace lockstep {

NewFile::NewFile(std::filesystem::path path) : path_(std::move(path)), fd_(create_file(path_)) {}

void NewFile::write(std::span<const std::byte> bytes) {
  write_all(fd_.get(), bytes, path_);
  hasher_.update(bytes);
  bytes_ += bytes.size();
  beat();
}

FileDigest NewFile::finish() {
  sync_file(fd_.get(), path_);
  return close();
}

FileDigest NewFile::close() {
  close_file(std::move(fd_), path_);
  return digest();
}

FileDigest write_file(const std::filesystem::path& path, std::span<const std::byte> content) {
  NewFile file(path);
  file.write(content);
  return file.finish();
}

FileDigest write_file(const std::filesystem::path& path, std::string_view content) {
  return write_file(path, std::as_bytes(std::span(content)));
}

void drop_from_cache(const std::filesystem::path& path) {
  const UniqueFd file = open_for_reading(path, ExitCode::storage);
  ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
}

void check_read_back(const std::filesystem::path& path, bool same) {
  check(same, ExitCode::storage,
        "'{}' does not hold what was written to it: its disk, or the way to it, damages data; "
        "check them, then start again",
        path.string());
}

}  // namespace lockstep
