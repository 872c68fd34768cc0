#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>

#include "core/error.h"

namespace lockstep {

// How something of several files comes into a directory, there whole or not at all: it is made
// beside, synced, and renamed into its place; what was there before is renamed away, and removed
// only when the new one is durable. Checkpoints and packs are written so.

/// A change of name.
struct Rename {
  std::filesystem::path from;
  std::filesystem::path to;
};

/// rename_together() failed halfway, and could not undo what it had done either.
class HalfRenamed : public Error {
 public:
  using Error::Error;
};

/// Renames in the given order and makes the names in `directory` durable. The last rename is the
/// one that counts: all before it are durable first. Throws Error(storage) with all names as they
/// were before, also where only the sync fails; HalfRenamed where they could not be put back.
void rename_together(std::span<const Rename> renames, const std::filesystem::path& directory);

/// One rename, made durable; both names are in the directory of `to`. Throws as rename_together.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes a file or a directory with all that is in it; nothing where there is none. Throws
/// Error(storage).
void remove_tree(const std::filesystem::path& path);

/// Lets `write` make a file beside `path`, which it is given, and renames that to `path`: it is
/// there whole or not at all, and what was there before stays until then. A signal that ends the
/// process meanwhile (SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR2 or SIGXCPU with its usual effect)
/// leaves nothing behind. One at a time in a process. Throws what `write` throws, and
/// Error(storage).
void write_beside(const std::filesystem::path& path,
                  const std::function<void(const std::filesystem::path& beside)>& write);

/// Removes a directory that is no longer needed while an error is being thrown.
///
///     RemovedOnFailure guard(staging);
///     …
///     guard.succeed();
class RemovedOnFailure {
 public:
  explicit RemovedOnFailure(std::filesystem::path path) : path_(std::move(path)) {}
  RemovedOnFailure(const RemovedOnFailure&) = delete;
  RemovedOnFailure& operator=(const RemovedOnFailure&) = delete;
  ~RemovedOnFailure();
  void succeed() { succeeded_ = true; }

 private:
  std::filesystem::path path_;
  bool succeeded_ = false;
};

}  // namespace lockstep
