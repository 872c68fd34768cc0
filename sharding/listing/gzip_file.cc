#include "sharding/listing/gzip_file.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <zlib.h>

#include "core/errno_text.h"
#include "core/error.h"

namespace lockstep {

void GzipFile::Close::operator()(gzFile_s* file) const { gzclose_r(file); }

GzipFile::GzipFile(std::filesystem::path path)
    : path_(std::move(path)), file_(gzopen(path_.c_str(), "rbe")) {
  const int error = errno;
  check(file_ != nullptr, ExitCode::data, "cannot open '{}': {}", path_.string(),
        errno_text(error));
  std::error_code unknown;
  size_ = std::filesystem::file_size(path_, unknown);
  check(!unknown, ExitCode::data, "cannot tell the size of '{}': {}", path_, unknown.message());
  gzbuffer(file_.get(), 1 << 18);
}

std::size_t GzipFile::read_some(std::span<std::byte> bytes) {
  const std::size_t size = std::min<std::size_t>(bytes.size(), 1 << 30);
  const int got = gzread(file_.get(), bytes.data(), static_cast<unsigned>(size));
  // Where the compressed data end too early, gzread returns what there was, and only gzerror
  // reports the error.
  int code = Z_OK;
  const char* message = gzerror(file_.get(), &code);
  check(code == Z_OK && got >= 0, ExitCode::data,
        "'{}' is damaged or was cut short ({}); fetch it again", path_.string(),
        code == Z_ERRNO ? errno_text(errno) : message);
  return static_cast<std::size_t>(got);
}

void GzipFile::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t got = read_some(bytes);
    check(got > 0, ExitCode::data, "'{}' ends {} bytes too early; fetch it again", path_.string(),
          bytes.size());
    bytes = bytes.subspan(got);
  }
}

void GzipFile::expect_bytes(std::uint64_t bytes) {
  // zlib's documentation: "the limit is asymptotically 1032:1".
  constexpr std::uint64_t kMostFromOne = 1032;
  const bool is_plain = gzdirect(file_.get()) != 0;
  check(bytes / (is_plain ? 1 : kMostFromOne) <= size_, ExitCode::data,
        "'{}' has {} bytes, and its header claims {}{}; fetch it again", path_.string(), size_,
        bytes, is_plain ? "" : ", more than gzip can pack into that");
}

void GzipFile::expect_end() {
  std::byte extra;
  check(read_some({&extra, 1}) == 0, ExitCode::data,
        "'{}' has more bytes than its header says; is it the right file?", path_.string());
}

}  // namespace lockstep
