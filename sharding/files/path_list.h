#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lockstep {

/// An image file, and what it is called.
struct ListedFile {
  std::string id;  ///< relative to the folder that was given, else the path as it was given
  std::filesystem::path path;
};

/// How inputs that are lists of paths are read.
struct PathListOptions {
  std::string path_column = {};  ///< of a table; empty: path, file, filename …, id
  std::string prefix = {};       ///< before each path of a table
  std::string suffix = {};       ///< after it; empty: a known ending where that gives a file
  std::filesystem::path standard_input = {};  ///< what is read for `-`; empty: stdin
};

/// The files that a table's rows name, one for each row, whether it is there or not. Their ids are
/// the cells as they stand. Throws Error(data) where it cannot be read or has no row, Error(usage)
/// where it is open which column has the paths.
std::vector<ListedFile> read_path_table(const std::filesystem::path& table,
                                        const PathListOptions& options);

/// One for each line of stdin (or the copy of it that `options` name) that is not empty. Throws
/// Error(usage) where there is none.
std::vector<ListedFile> read_path_lines(const PathListOptions& options);

}  // namespace lockstep
