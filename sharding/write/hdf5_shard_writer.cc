#include "sharding/write/hdf5_shard_writer.h"

#include <array>
#include <vector>

#include "core/checked.h"
#include "sharding/format/hdf5_handle.h"
#include "sharding/format/hdf5_memory_file.h"

namespace lockstep {
namespace {

class StructureWriter {
 public:
  StructureWriter(const std::string& name, const ShardStructure& structure, SparseBytes& content)
      : checked_(name, ExitCode::storage, "write"),
        structure_(structure),
        file_(create(name, content)),
        string_type_(make_string_type(checked_)) {}

  struct Layout {
    DatasetExtent bytes;
    DatasetExtent index;
  };

  Layout write() {
    write_string_attribute(kFormatAttribute, kPackFormat);
    write_version();
    write_string_attribute(kEncodingAttribute, name_of(structure_.encoding));
    write_string_attribute(kLabelKindAttribute, name_of(structure_.label.kind));
    write_strings(kSourceDataset, structure_.sources);
    if (!structure_.classes.empty()) write_strings(kClassesDataset, structure_.classes);
    if (!structure_.label_names.empty()) {
      write_strings(kLabelNamesDataset, structure_.label_names);
    }
    const Hdf5Handle record_type = make_record_type();
    Layout layout;
    const std::uint64_t samples = structure_.sources.size();
    layout.bytes = allocate_content(samples);
    layout.index = allocate(kIndexDataset, record_type, std::array{hsize_t{samples}},
                            structure_.label.record_bytes());
    checked_(file_.close());
    return layout;
  }

 private:
  /// Nothing in the file may depend on the day or on the library's defaults: no times, a fixed
  /// range of format versions.
  Hdf5Handle create(const std::string& name, SparseBytes& content) const {
    const Hdf5Handle creation = checked_.handle(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    checked_(H5Pset_obj_track_times(creation.get(), 0));
    const Hdf5Handle access = access_memory(checked_, content);
    checked_(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18));
    checked_(H5Pset_alignment(access.get(), 1, kPackAlignment));
    return checked_.handle(H5Fcreate(name.c_str(), H5F_ACC_TRUNC, creation.get(), access.get()),
                           H5Fclose);
  }

  using Sizes = std::span<const hsize_t>;

  Hdf5Handle create_dataset(const char* name, const Hdf5Handle& type, Sizes sizes,
                            H5D_fill_time_t fill) const {
    const Hdf5Handle space = checked_.handle(
        H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr), H5Sclose);
    const Hdf5Handle creation = checked_.handle(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    checked_(H5Pset_obj_track_times(creation.get(), 0));
    checked_(H5Pset_layout(creation.get(), H5D_CONTIGUOUS));
    checked_(H5Pset_alloc_time(creation.get(), H5D_ALLOC_TIME_EARLY));
    checked_(H5Pset_fill_time(creation.get(), fill));
    return checked_.handle(H5Dcreate2(file_.get(), name, type.get(), space.get(), H5P_DEFAULT,
                                      creation.get(), H5P_DEFAULT),
                           H5Dclose);
  }

  DatasetExtent allocate(const char* name, const Hdf5Handle& type, Sizes sizes,
                         std::uint64_t item_bytes) const {
    const Hdf5Handle dataset = create_dataset(name, type, sizes, H5D_FILL_TIME_NEVER);
    std::uint64_t bytes = item_bytes;
    for (const hsize_t size : sizes)
      bytes = checked_mul<std::uint64_t>(bytes, size, "the size of a dataset");
    return {address_of(checked_, dataset), bytes};
  }

  DatasetExtent allocate_content(std::uint64_t samples) const {
    if (structure_.encoding == Encoding::features) {
      const Hdf5Handle type = checked_.handle(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
      return allocate(kFeaturesDataset, type, std::array<hsize_t, 2>{samples, structure_.features},
                      sizeof(float));
    }
    const Hdf5Handle type = checked_.handle(H5Tcopy(H5T_STD_U8LE), H5Tclose);
    return allocate(kBytesDataset, type, std::array{hsize_t{structure_.bytes}}, 1);
  }

  void write_strings(const char* name, std::span<const std::string> strings) const {
    const Hdf5Handle dataset = create_dataset(
        name, string_type_, std::array{hsize_t{strings.size()}}, H5D_FILL_TIME_IFSET);
    std::vector<const char*> pointers;
    pointers.reserve(strings.size());
    for (const std::string& text : strings) pointers.push_back(text.c_str());
    checked_(H5Dwrite(dataset.get(), string_type_.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT,
                      pointers.data()));
  }

  void write_attribute(const char* name, hid_t type, const void* value) const {
    const Hdf5Handle space = checked_.handle(H5Screate(H5S_SCALAR), H5Sclose);
    const Hdf5Handle attribute = checked_.handle(
        H5Acreate2(file_.get(), name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
    checked_(H5Awrite(attribute.get(), type, value));
  }

  void write_string_attribute(const char* name, std::string_view value) const {
    const std::string text(value);
    const char* pointer = text.c_str();
    write_attribute(name, string_type_.get(), &pointer);
  }

  void write_version() const {
    const std::int32_t version = kPackVersion;
    write_attribute(kVersionAttribute, H5T_STD_I32LE, &version);
  }

  Hdf5Handle make_label_type() const {
    const LabelType& label = structure_.label;
    const hsize_t width = label.width;
    if (label.kind == LabelKind::int64) return checked_.handle(H5Tcopy(H5T_STD_I64LE), H5Tclose);
    const hid_t element = label.kind == LabelKind::float32 ? H5T_IEEE_F32LE : H5T_STD_U8LE;
    return checked_.handle(H5Tarray_create2(element, 1, &width), H5Tclose);
  }

  Hdf5Handle make_record_type() const {
    Hdf5Handle type =
        checked_.handle(H5Tcreate(H5T_COMPOUND, structure_.label.record_bytes()), H5Tclose);
    checked_(H5Tinsert(type.get(), "offset", kOffsetField, H5T_STD_U64LE));
    checked_(H5Tinsert(type.get(), "size", kSizeField, H5T_STD_U32LE));
    checked_(H5Tinsert(type.get(), "height", kHeightField, H5T_STD_U32LE));
    checked_(H5Tinsert(type.get(), "width", kWidthField, H5T_STD_U32LE));
    checked_(H5Tinsert(type.get(), "channels", kChannelsField, H5T_STD_U8LE));
    checked_(H5Tinsert(type.get(), "hash", kHashField, H5T_STD_U64LE));
    if (structure_.label.kind != LabelKind::none) {
      const Hdf5Handle label = make_label_type();
      checked_(H5Tinsert(type.get(), "label", kLabelField, label.get()));
    }
    return type;
  }

  Hdf5Check checked_;
  const ShardStructure& structure_;
  Hdf5Handle file_;
  Hdf5Handle string_type_;
};

}  // namespace

ShardImage create_shard(const std::string& name, const ShardStructure& structure) {
  ShardImage image;
  const auto layout = StructureWriter(name, structure, image.content).write();
  image.bytes = layout.bytes;
  image.index = layout.index;
  return image;
}

}  // namespace lockstep
