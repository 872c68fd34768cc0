#include "sharding/files/image_files.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/image_walk.h"
#include "sharding/tree/disk_tree.h"
#include "sharding/write/image_preparer.h"

namespace lockstep {

namespace fs = std::filesystem;

void ImageFiles::read(std::uint64_t id, Sample& sample) const {
  SourceSample read;
  read.source = files_[id].path.filename().string();
  std::swap(read.bytes, sample.bytes);  // its memory
  try {
    read_image_file(files_[id].path, read.bytes);
    ImagePreparer(Encoding::encoded, {.check = JpegCheck::structure})
        .prepare(read, ImagePreparer::Need::check);
  } catch (const BadSample& bad) {
    const std::string_view kind = name_of(bad.kind());
    const std::string_view detail = bad.what();
    fail(ExitCode::data, "{}{}{}", kind, detail.empty() ? "" : ": ", detail);
  }
  sample = std::move(static_cast<Sample&>(read));
}

std::string ImageFiles::describe(std::uint64_t id) const {
  return fmt::format("'{}'", files_[id].path.string());
}

std::vector<ImageFiles::File> list_image_files(const std::vector<fs::path>& inputs,
                                               std::vector<std::string>& notes) {
  std::vector<ImageFiles::File> files;
  for (const fs::path& input : inputs) {
    std::error_code error;
    if (!fs::is_directory(input, error)) {
      files.push_back({input.string(), input});
      continue;
    }
    LeftOut left_out;
    std::vector<std::string> paths = walk_images(DiskTree(input), "", left_out);
    std::ranges::move(left_out.take_unread(), std::back_inserter(paths));
    std::ranges::sort(paths);
    check(!paths.empty(), ExitCode::usage, "'{}' holds no image file (.jpg, .png, .webp)",
          input.string());
    for (std::string& path : paths) files.push_back({path, input / path});
    std::ranges::move(left_out.lines(), std::back_inserter(notes));
  }
  return files;
}

}  // namespace lockstep
