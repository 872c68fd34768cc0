#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sharding/format/hdf5_handle.h"

namespace lockstep {

/// A dataset of an HDF5 file that another program made, every row of which can be read: the file
/// holds all of it itself, in filters that are known here. Not thread-safe; HDF5 has one lock
/// anyway.
class ForeignDataset {
 public:
  /// Opens read-only, without locking. Throws Error(data) that says what is wrong; `option` names
  /// the dataset on the command line.
  ForeignDataset(const std::filesystem::path& path, const std::string& name,
                 std::string_view option);

  const Hdf5Check& checked() const { return checked_; }
  hid_t id() const { return dataset_.get(); }
  hid_t type() const { return type_.get(); }
  H5T_class_t type_class() const { return H5Tget_class(type_.get()); }
  bool is_bytes() const { return is_byte_type(type_.get()); }
  const std::vector<hsize_t>& dimensions() const { return dimensions_; }
  /// "dataset 'images' of 'x.h5'"
  std::string what() const;

  static bool is_byte_type(hid_t type);

  /// A dataspace of the file with rows [first, first + count) chosen.
  Hdf5Handle select_rows(hsize_t first, hsize_t count) const;
  Hdf5Handle make_space(hsize_t count) const;

  /// Reads all of it into `values`, converted to `type` in memory.
  void read_all(hid_t type, void* values) const;

 private:
  Hdf5Handle open_dataset(std::string_view option) const;
  Hdf5Handle open_or_list(hid_t access, std::string_view option) const;
  std::vector<std::string> list_names() const;
  std::vector<hsize_t> read_dimensions() const;
  void check_is_whole() const;
  void check_filters(hid_t creation) const;
  void check_chunks(hid_t creation) const;

  Hdf5Check checked_;
  std::string path_;
  std::string name_;
  Hdf5Handle file_;
  Hdf5Handle dataset_;
  Hdf5Handle type_;
  Hdf5Handle space_;
  std::vector<hsize_t> dimensions_;
};

}  // namespace lockstep
