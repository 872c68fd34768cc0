#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <hdf5.h>

#include "core/error.h"

namespace lockstep {

/// An HDF5 identifier that closes itself. Valid once made: `hdf5_handle` throws where HDF5 gave
/// none.
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

/// The strings of /source and /classes, and of attributes: UTF-8 of any length.
Hdf5Handle make_string_type(const Hdf5Check& checked);

}  // namespace lockstep
