#include "sharding/format/hdf5_handle.h"

namespace lockstep {
namespace {

/// The first entry of a walk that goes upward is where the error arose.
herr_t keep_first(unsigned n, const H5E_error2_t* error, void* text) {
  if (n == 0 && error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

}  // namespace

Hdf5Quiet::Hdf5Quiet() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Quiet::~Hdf5Quiet() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

void Hdf5Check::fail_with_hdf5_error() const {
  std::string cause = "unknown cause";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &cause);
  fail(code_, "cannot {} '{}': HDF5 says: {}", doing_, path_.string(), cause);
}

Hdf5Handle make_string_type(const Hdf5Check& checked) {
  Hdf5Handle type = checked.handle(H5Tcopy(H5T_C_S1), H5Tclose);
  checked(H5Tset_size(type.get(), H5T_VARIABLE));
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8));
  return type;
}

Hdf5Handle open_hdf5_file(const Hdf5Check& checked, const std::filesystem::path& path) {
  const Hdf5Handle access = checked.handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  checked(H5Pset_file_locking(access.get(), 0, 1));
  return checked.handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
}

std::uint64_t address_of(const Hdf5Check& checked, const Hdf5Handle& dataset) {
  const haddr_t address = H5Dget_offset(dataset.get());
  checked(address == HADDR_UNDEF ? -1 : 0);
  return address;
}

std::vector<std::string> read_texts(const Hdf5Check& checked, hid_t dataset, hid_t type) {
  const Hdf5Handle space = checked.handle(H5Dget_space(dataset), H5Sclose);
  const auto count = static_cast<std::size_t>(checked(H5Sget_simple_extent_npoints(space.get())));
  std::vector<char*> pointers(count);
  const Hdf5Items items(type, space.get(), pointers.data());
  checked(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()));
  std::vector<std::string> result;
  result.reserve(count);
  for (const char* text : pointers) result.emplace_back(text == nullptr ? "" : text);
  return result;
}

}  // namespace lockstep
