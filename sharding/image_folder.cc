#include "sharding/image_folder.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kExtensions{".jpg", ".jpeg", ".png"};

std::string lower_extension(const fs::path& path) {
  std::string extension = path.extension();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension;
}

class Lister {
 public:
  Lister(const fs::path& root, LeftOut& left_out) : root_(root), left_out_(left_out) {}

  /// Class by class; in no order yet.
  ImageFolder list(const std::string& folder) {
    ImageFolder result;
    for (const std::string& name : names(folder)) {
      const std::string path = join(folder, name);
      if (is_left_out(name, path)) continue;
      if (!fs::is_directory(root_ / path)) {
        left_out_.add("outside of class folders", path);
        continue;
      }
      const std::size_t start = result.files.size();
      add_files(path, result.classes.size(), result.files);
      result.classes.push_back(name);
      std::ranges::sort(result.files.begin() + static_cast<std::ptrdiff_t>(start),
                        result.files.end(), {}, &ImageFolder::File::path);
    }
    return result;
  }

 private:
  static std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + "/" + name;
  }

  std::vector<std::string> names(const std::string& folder) const {
    std::vector<std::string> result;
    for (const fs::directory_entry& entry : fs::directory_iterator(root_ / folder)) {
      result.push_back(entry.path().filename());
    }
    std::ranges::sort(result);
    return result;
  }

  bool is_left_out(const std::string& name, const std::string& path) {
    if (!name.starts_with('.')) return false;
    left_out_.add("hidden", path);
    return true;
  }

  void add_files(const std::string& folder, std::size_t class_index,
                 std::vector<ImageFolder::File>& files) {
    const fs::path real = fs::canonical(root_ / folder);
    check(std::ranges::find(open_, real) == open_.end(), ExitCode::data,
          "'{}' leads back to '{}', a folder that it lies in; remove that link",
          (root_ / folder).string(), real.string());
    open_.push_back(real);
    for (const std::string& name : names(folder)) {
      const std::string path = join(folder, name);
      if (is_left_out(name, path)) continue;
      add_entry(path, class_index, files);
    }
    open_.pop_back();
  }

  void add_entry(const std::string& path, std::size_t class_index,
                 std::vector<ImageFolder::File>& files) {
    const fs::path full = root_ / path;
    const fs::file_status status = fs::status(full);
    check(status.type() != fs::file_type::not_found, ExitCode::data,
          "'{}' is a link that leads nowhere; mend or remove it", full.string());
    if (status.type() == fs::file_type::directory) {
      add_files(path, class_index, files);
    } else if (const std::string extension = lower_extension(full);
               status.type() == fs::file_type::regular &&
               std::ranges::find(kExtensions, extension) != kExtensions.end()) {
      files.push_back({path, class_index});
    } else {
      left_out_.add(extension.empty() ? "without extension" : extension, path);
    }
  }

  const fs::path& root_;
  LeftOut& left_out_;
  std::vector<fs::path> open_;  ///< the folders that are being listed, links resolved
};

}  // namespace

void LeftOut::add(const std::string& kind, const std::string& path) {
  Kind& entry = kinds_[kind];
  if (entry.count++ == 0 || path < entry.first) entry.first = path;
}

std::vector<std::string> LeftOut::lines() const {
  std::vector<std::string> result;
  for (const auto& [kind, entry] : kinds_) {
    result.push_back(fmt::format("left out {} {}: {} (the first: {})", entry.count,
                                 entry.count == 1 ? "entry" : "entries", kind, entry.first));
  }
  return result;
}

ImageFolder list_image_folder(const fs::path& root, const std::string& folder, LeftOut& left_out) {
  try {
    return Lister(root, left_out).list(folder);
  } catch (const fs::filesystem_error& error) {
    fail(ExitCode::data, "cannot list the images in '{}': {}", (root / folder).string(),
         error.what());
  }
}

}  // namespace lockstep
