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

}  // namespace lockstep
