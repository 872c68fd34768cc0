#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace lockstep {

/// The image files below a folder that has one sub-folder a class, at any depth.
///
/// A file counts as an image by its name: .jpg, .jpeg or .png, in any case. Links are followed, to
/// files and to folders. Names that start with a dot are left out, and so is what is no image.
/// Classes, and the files in each, are in the bytewise order of their names, so that the order
/// depends neither on the locale nor on the file system.
struct ImageFolder {
  struct File {
    std::string path;  ///< relative to the root
    std::size_t class_index = 0;
  };
  std::vector<std::string> classes;
  std::vector<File> files;  ///< class by class
};

/// What was not taken, by kind ("hidden", ".txt", …), with one example of each.
class LeftOut {
 public:
  void add(const std::string& kind, const std::string& path);
  /// One line a kind.
  std::vector<std::string> lines() const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::string first;  ///< in bytewise order
  };
  std::map<std::string, Kind> kinds_;
};

/// Lists `root`/`folder`; paths come out relative to `root`. `folder` may be empty. Throws
/// Error(data) where a link leads nowhere or back to a folder that it lies in, or a folder cannot
/// be read.
ImageFolder list_image_folder(const std::filesystem::path& root, const std::string& folder,
                              LeftOut& left_out);

}  // namespace lockstep
