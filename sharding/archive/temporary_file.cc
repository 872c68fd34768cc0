#include "sharding/archive/temporary_file.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include "core/errno_text.h"
#include "core/error.h"

namespace lockstep {

namespace fs = std::filesystem;

TemporaryFile::TemporaryFile(const fs::path& directory) {
  std::error_code ignored;
  fs::path folder = fs::absolute(directory, ignored).lexically_normal();
  while (!fs::is_directory(folder, ignored) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  std::string name = (folder / ".lockstep-pack-XXXXXX").string();
  fd_ = UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
  check(static_cast<bool>(fd_), ExitCode::storage,
        "cannot create a temporary file in '{}': {}; --out decides where it lies", folder.string(),
        errno_text(errno));
  path_ = name;
  ::unlink(name.c_str());
}

std::uint64_t TemporaryFile::append(std::span<const std::byte> bytes) {
  write_all(fd_.get(), bytes, path_);
  const std::uint64_t start = size_;
  size_ += bytes.size();
  return start;
}

void TemporaryFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  pread_exactly(fd_.get(), bytes, offset, path_, ExitCode::storage);
}

}  // namespace lockstep
