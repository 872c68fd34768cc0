#pragma once

#include "sharding/format/hdf5_handle.h"
#include "sharding/format/sparse_bytes.h"

namespace lockstep {

/// Access properties with which HDF5 reads and writes `content`, whatever name it is given, and
/// makes no system call: what goes to the disk and what comes from it is for others to check.
/// `content` must outlive all files that are opened with them; its size is that of the file when
/// that is closed.
Hdf5Handle access_memory(const Hdf5Check& checked, SparseBytes& content);

}  // namespace lockstep
