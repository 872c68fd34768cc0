#include "sharding/files/image_files.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "sharding/archive/archive_name.h"
#include "sharding/listing/file_reader.h"
#include "sharding/listing/image_walk.h"
#include "sharding/table/table_listing.h"
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

namespace {

void add_folder(const fs::path& folder, std::vector<ImageFiles::File>& files,
                std::vector<std::string>& notes) {
  LeftOut left_out;
  std::vector<std::string> paths = walk_images(DiskTree(folder), "", left_out);
  std::ranges::move(left_out.take_unread(), std::back_inserter(paths));
  std::ranges::sort(paths);
  check(!paths.empty(), ExitCode::usage, "'{}' holds no image file (.jpg, .png, .webp)",
        folder.string());
  for (std::string& path : paths) files.push_back({path, folder / path});
  std::ranges::move(left_out.lines(), std::back_inserter(notes));
}

}  // namespace

std::vector<ImageFiles::File> list_image_files(const std::vector<fs::path>& inputs,
                                               std::vector<std::string>& notes,
                                               const PathListOptions& lists) {
  std::vector<ImageFiles::File> files;
  for (const fs::path& input : inputs) {
    std::error_code error;
    if (input == "-") {
      std::ranges::move(read_path_lines(lists), std::back_inserter(files));
      continue;
    }
    check(fs::symlink_status(input, error).type() != fs::file_type::not_found, ExitCode::usage,
          "there is no '{}': give a folder of images, files, a table of paths, or `-` for a path a "
          "line on standard input",
          input);
    check(fs::is_directory(input, error) || !archive_kind_by_name(input), ExitCode::usage,
          "'{}' is an archive: unpack it and give the folder, or `lockstep pack` it and give the "
          "pack",
          input);
    if (fs::is_directory(input, error)) {
      add_folder(input, files, notes);
    } else if (is_table(input)) {
      std::ranges::move(read_path_table(input, lists), std::back_inserter(files));
    } else {
      files.push_back({input.string(), input});
    }
  }
  return files;
}

}  // namespace lockstep
