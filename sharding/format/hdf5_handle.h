#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <hdf5.h>

#include "core/error.h"

namespace lockstep {

/// An HDF5 identifier that closes itself. Valid once made: Hdf5Check::handle throws where HDF5
/// failed.
///
///     const Hdf5Check checked(path, ExitCode::data, "read");
///     const Hdf5Handle file = open_hdf5_file(checked, path);
///     const Hdf5Handle index = checked.handle(H5Dopen2(file.get(), "index", H5P_DEFAULT),
///     H5Dclose);
class Hdf5Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Hdf5Handle(hid_t id, Closer closer) : id_(id), closer_(closer) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}
  Hdf5Handle& operator=(Hdf5Handle&&) = delete;
  ~Hdf5Handle() {
    if (id_ >= 0) closer_(id_);
  }

  hid_t get() const { return id_; }
  /// Closes now; negative where that fails, as when a file cannot be written to its end.
  herr_t close() { return closer_(std::exchange(id_, -1)); }

 private:
  hid_t id_;
  Closer closer_;
};

/// Keeps HDF5 from printing its error stack while it lives; errors become exceptions instead.
class Hdf5Quiet {
 public:
  Hdf5Quiet();
  ~Hdf5Quiet();
  Hdf5Quiet(const Hdf5Quiet&) = delete;
  Hdf5Quiet& operator=(const Hdf5Quiet&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Turns HDF5's return values into Errors that name a file: made once for each file that is read or
/// written.
///
///     const Hdf5Check checked(path, ExitCode::storage, "write");
///     checked(H5Dwrite(...));   // Error with the path where it fails
class Hdf5Check {
 public:
  Hdf5Check(std::filesystem::path path, ExitCode code, std::string_view doing)
      : path_(std::move(path)), code_(code), doing_(doing) {}

  /// Throws Error where `result` is negative; else gives it back.
  template <typename Result>
  Result operator()(Result result) const {
    if (result < 0) fail_with_hdf5_error();
    return result;
  }
  Hdf5Handle handle(hid_t id, Hdf5Handle::Closer closer) const { return {(*this)(id), closer}; }

 private:
  [[noreturn]] void fail_with_hdf5_error() const;

  Hdf5Quiet quiet_;
  std::filesystem::path path_;
  ExitCode code_;
  std::string doing_;
};

/// The texts of a shard's datasets and attributes: UTF-8 of any length.
Hdf5Handle make_string_type(const Hdf5Check& checked);

/// Opens a file read-only, and without locking: nobody writes it, and not every file system has
/// locks.
Hdf5Handle open_hdf5_file(const Hdf5Check& checked, const std::filesystem::path& path);

/// Where a contiguous dataset begins in its file.
std::uint64_t address_of(const Hdf5Check& checked, const Hdf5Handle& dataset);

/// Items of variable length that HDF5 allocated for a read; given back at the end.
///
///     checked(H5Dread(dataset, type, space, H5P_DEFAULT, H5P_DEFAULT, items.data()));
///     const Hdf5Items owner(type, space, items.data());
class Hdf5Items {
 public:
  Hdf5Items(hid_t type, hid_t space, void* items) : type_(type), space_(space), items_(items) {}
  ~Hdf5Items() { H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, items_); }
  Hdf5Items(const Hdf5Items&) = delete;
  Hdf5Items& operator=(const Hdf5Items&) = delete;

 private:
  hid_t type_;
  hid_t space_;
  void* items_;
};

/// The texts of a dataset of strings of variable length; `type` is theirs in memory.
std::vector<std::string> read_texts(const Hdf5Check& checked, hid_t dataset, hid_t type);

}  // namespace lockstep
