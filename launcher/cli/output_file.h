#pragma once

#include <filesystem>
#include <vector>

namespace lockstep {

/// Throws Error(usage) where the file `out` could not be written, would be part of a checkpoint or
/// a pack, is one of those that are `read`, or exists and is not to be replaced.
void check_output_file(const std::filesystem::path& out, bool replace,
                       const std::vector<std::filesystem::path>& read = {});

/// The same for a picture, which must be called .png: that is what is written.
void check_picture_file(const std::filesystem::path& out, bool replace,
                        const std::vector<std::filesystem::path>& read);

/// The same for a page, which must be called .html. `option` is the option that names it.
void check_page_file(const char* option, const std::filesystem::path& out, bool replace,
                     const std::vector<std::filesystem::path>& read);

/// A file that a command is to write, and the option that names it.
struct NamedOutput {
  const char* option;
  const std::filesystem::path& file;  ///< empty: none
};

/// Throws Error(usage) where both are the same file.
void check_two_files(const NamedOutput& first, const NamedOutput& second);

}  // namespace lockstep
