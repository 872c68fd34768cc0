#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lockstep {

/// A system call that changed a file or a directory, as recording_disk.cc has seen it.
struct DiskCall {
  std::string name;        ///< create, write, truncate, sync, mkdir, rename, link or remove
  std::string path;        ///< absolute
  std::string to;          ///< of rename and link
  std::size_t offset = 0;  ///< of a write; the new size, of truncate
  std::string data;
};

/// The calls in the order in which they took effect. Throws std::runtime_error where the file is no
/// trace.
std::vector<DiskCall> read_trace(const std::filesystem::path& file);

/// What is below a directory: the content of each file by its path in there; std::nullopt for a
/// directory.
using Tree = std::map<std::string, std::optional<std::string>>;
Tree read_tree(const std::filesystem::path& root);
/// Replaces all that is there.
void write_tree(const std::filesystem::path& root, const Tree& tree);

/// What a power cut takes of that which was not synced.
enum class Loss {
  all,        ///< new names and new data
  data,       ///< the names are there, and data that was not synced is not
  nothing,    ///< all had reached the disk by itself
  torn,       ///< names are there; of the data each block is new, as it was before, or zero
  reordered,  ///< any of the changes of names are there, in spite of earlier ones that are not, and
              ///< any of the data
};

/// The files below a directory as a program sees them, and as they are on the disk for certain, in
/// the terms of what POSIX promises, which is less than ext4 and XFS with their journals keep:
///
/// - fsync of a file makes its content and size durable, and not its name.
/// - fsync of a directory makes the names in it durable, and not the content of what has them, nor
///   the directory's own name.
/// - A rename is there or not there; nobody sees both names, or none.
/// - All else may reach the disk in any order, in part, or not at all.
class DiskModel {
 public:
  /// `tree` is on the disk, below `root`, whose own name is durable.
  DiskModel(std::filesystem::path root, const Tree& tree);

  void apply(const DiskCall& call);
  /// As the running program sees it.
  Tree seen() const;
  /// As the next start may find it.
  Tree after_power_cut(Loss loss, std::mt19937_64& random) const;

 private:
  /// A change of one directory's names that is there as a whole or not at all.
  struct NameChange {
    std::string removed;  ///< empty: none
    std::string added;
    std::size_t added_node = 0;
  };
  struct Node {
    bool is_directory = false;
    std::string seen, durable;  ///< content of a file
    std::map<std::string, std::size_t> names, durable_names;
    std::vector<NameChange> unsynced;
  };
  struct Place {
    std::size_t directory;
    std::string name;
  };

  Place place_of(const std::string& path) const;
  std::size_t node_at(const std::string& path) const;
  std::size_t add_node(const std::string& path, bool is_directory);
  void change(std::size_t directory, NameChange change);
  void rename(const std::string& from, const std::string& to);
  void sync(Node& node);
  std::map<std::string, std::size_t> names_after(const Node& node, Loss loss,
                                                 std::mt19937_64& random) const;
  void collect(std::size_t node, const std::string& path, std::optional<Loss> loss,
               std::mt19937_64& random, Tree& tree) const;

  std::filesystem::path root_;
  std::vector<Node> nodes_;
};

}  // namespace lockstep
