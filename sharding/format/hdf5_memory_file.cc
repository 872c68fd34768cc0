#include "sharding/format/hdf5_memory_file.h"

#include <algorithm>
#include <functional>
#include <new>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

namespace lockstep {
namespace {

// ---- HDF5's side: a file driver (its "virtual file layer") of plain functions

constexpr haddr_t kMaxAddress = (haddr_t{1} << 62) - 1;

/// HDF5 fills in its own part of what open() gives it.
struct MemoryFile {
  H5FD_t hdf5;
  SparseBytes* content;
  haddr_t end_of_allocation;
};

MemoryFile& self(H5FD_t* file) { return *reinterpret_cast<MemoryFile*>(file); }
const MemoryFile& self(const H5FD_t* file) { return *reinterpret_cast<const MemoryFile*>(file); }

H5FD_t* open_memory(const char* /*name*/, unsigned flags, hid_t access, haddr_t /*max_address*/) {
  const void* info = H5Pget_driver_info(access);
  if (info == nullptr) return nullptr;
  SparseBytes* content = *static_cast<SparseBytes* const*>(info);
  if ((flags & H5F_ACC_TRUNC) != 0) content->resize(0);
  auto* file = new (std::nothrow) MemoryFile{{}, content, 0};
  return file == nullptr ? nullptr : &file->hdf5;
}

herr_t close_memory(H5FD_t* file) {
  delete &self(file);
  return 0;
}

int compare(const H5FD_t* a, const H5FD_t* b) {
  const auto* first = self(a).content;
  const auto* second = self(b).content;
  return first == second ? 0 : (std::less<>()(first, second) ? -1 : 1);
}

/// As those of HDF5's own driver for files, so that the same calls give the same bytes.
herr_t query(const H5FD_t* /*file*/, unsigned long* flags) {
  if (flags != nullptr) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
  }
  return 0;
}

haddr_t get_end_of_allocation(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return self(file).end_of_allocation;
}

herr_t set_end_of_allocation(H5FD_t* file, H5FD_mem_t /*type*/, haddr_t address) {
  self(file).end_of_allocation = address;
  return 0;
}

haddr_t get_end_of_file(const H5FD_t* file, H5FD_mem_t /*type*/) {
  return self(file).content->size();
}

bool is_inside(haddr_t address, std::size_t size) {
  return address <= kMaxAddress && size <= kMaxAddress - address;
}

herr_t read_memory(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                   std::size_t size, void* buffer) {
  if (!is_inside(address, size)) return -1;
  self(file).content->read(address, {static_cast<std::byte*>(buffer), size});
  return 0;
}

herr_t write_memory(H5FD_t* file, H5FD_mem_t /*type*/, hid_t /*transfer*/, haddr_t address,
                    std::size_t size, const void* buffer) {
  if (!is_inside(address, size)) return -1;
  try {
    self(file).content->write(address, {static_cast<const std::byte*>(buffer), size});
  } catch (const std::bad_alloc&) {
    return -1;
  }
  return 0;
}

herr_t truncate(H5FD_t* file, hid_t /*transfer*/, hbool_t /*closing*/) {
  self(file).content->resize(self(file).end_of_allocation);
  return 0;
}

H5FD_class_t make_driver() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 13, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(512);  // those below 256 are HDF5's own
#endif
  driver.name = "lockstep_memory";
  driver.maxaddr = kMaxAddress;
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.fapl_size = sizeof(SparseBytes*);
  driver.open = open_memory;
  driver.close = close_memory;
  driver.cmp = compare;
  driver.query = query;
  driver.get_eoa = get_end_of_allocation;
  driver.set_eoa = set_end_of_allocation;
  driver.get_eof = get_end_of_file;
  driver.read = read_memory;
  driver.write = write_memory;
  driver.truncate = truncate;
  constexpr H5FD_mem_t kKinds[H5FD_MEM_NTYPES] = H5FD_FLMAP_DICHOTOMY;
  std::ranges::copy(kKinds, driver.fl_map);
  return driver;
}

}  // namespace

Hdf5Handle access_memory(const Hdf5Check& checked, SparseBytes& content) {
  static const H5FD_class_t driver_class = make_driver();
  const Hdf5Handle driver = checked.handle(H5FDregister(&driver_class), H5FDunregister);
  Hdf5Handle access = checked.handle(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  SparseBytes* info = &content;
  checked(H5Pset_driver(access.get(), driver.get(), &info));
  return access;
}

}  // namespace lockstep
