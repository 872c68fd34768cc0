#include "core/storage/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/json_parse.h"
#include "core/storage/new_file.h"

static_assert(std::endian::native == std::endian::little, "safetensors is little-endian");

namespace lockstep {
namespace {

using nlohmann::json;

constexpr std::uint64_t length_bytes = sizeof(std::uint64_t);
constexpr std::uint64_t max_header_bytes =
    100'000'000;  // the limit of the reference implementation
constexpr std::uint64_t header_alignment = 8;
constexpr const char* metadata_key = "__metadata__";

struct DTypeRow {
  DType dtype;
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array<DTypeRow, 10> dtype_table = {{{DType::f32, "F32", 4},
                                                   {DType::f64, "F64", 8},
                                                   {DType::f16, "F16", 2},
                                                   {DType::bf16, "BF16", 2},
                                                   {DType::i64, "I64", 8},
                                                   {DType::i32, "I32", 4},
                                                   {DType::i16, "I16", 2},
                                                   {DType::i8, "I8", 1},
                                                   {DType::u8, "U8", 1},
                                                   {DType::boolean, "BOOL", 1}}};

constexpr bool table_is_in_enum_order() {
  for (std::size_t i = 0; i < dtype_table.size(); ++i) {
    if (static_cast<std::size_t>(dtype_table[i].dtype) != i) return false;
  }
  return true;
}
static_assert(table_is_in_enum_order());

const DTypeRow& row(DType dtype) { return dtype_table[static_cast<std::size_t>(dtype)]; }

std::optional<DType> dtype_of_name(std::string_view name) {
  for (const DTypeRow& candidate : dtype_table) {
    if (candidate.name == name) return candidate.dtype;
  }
  return std::nullopt;
}

/// The tensors in the order of their bytes in the file.
std::vector<const TensorView*> file_order(std::span<const TensorView> tensors) {
  std::vector<const TensorView*> order;
  for (const TensorView& tensor : tensors) order.push_back(&tensor);
  std::ranges::sort(order, [](const TensorView* a, const TensorView* b) {
    return std::pair(size_of(b->dtype), std::string_view(a->name)) <
           std::pair(size_of(a->dtype), std::string_view(b->name));
  });
  return order;
}

/// The 8 bytes of length, the JSON, and its padding.
std::string encode_header(std::span<const TensorView* const> order,
                          const std::map<std::string, std::string>& metadata) {
  json header = json::object();
  if (!metadata.empty()) header[metadata_key] = metadata;
  std::uint64_t offset = 0;
  for (const TensorView* tensor : order) {
    check(tensor->name != metadata_key && !header.contains(tensor->name), ExitCode::internal,
          "two tensors are named '{}'", tensor->name);
    const std::uint64_t end = offset + tensor->bytes.size();
    header[tensor->name] = {{"dtype", safetensors_name(tensor->dtype)},
                            {"shape", tensor->shape},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + header_alignment - 1) / header_alignment * header_alignment, ' ');
  const std::uint64_t length = text.size();
  text.insert(0, reinterpret_cast<const char*>(&length), length_bytes);
  return text;
}

/// Reads the header of one file; every complaint names it.
class HeaderReader {
 public:
  explicit HeaderReader(const std::filesystem::path& path) : path_(path) {}

  template <typename... Args>
  void require(bool good, MessageFormat<Args...> format, const Args&... args) const {
    if (!good) {
      fail(ExitCode::storage, "'{}' is not a valid safetensors file: {}", path_,
           message<Args...>(format, args...));
    }
  }

  json parse(std::string_view text) const {
    require(text.starts_with('{'), "its header does not begin with '{{'");
    try {
      return parse_json<json>(text, ExitCode::storage);
    } catch (const Error& error) {
      require(false, "its header is wrong: {}", error.what());
    }
    return {};
  }

  void check_metadata(const json& entry) const {
    require(entry.is_object(), "{} is not an object", metadata_key);
    for (const auto& [key, value] : entry.items()) {
      require(value.is_string(), "{} '{}' is not a string", metadata_key, key);
    }
  }

  TensorView tensor(const std::string& name, const json& entry,
                    std::span<const std::byte> data) const {
    require(entry.is_object() && entry.contains("dtype") && entry.contains("shape") &&
                entry.contains("data_offsets"),
            "tensor '{}' lacks dtype, shape or data_offsets", name);
    TensorView view;
    view.name = name;
    const json& dtype = entry["dtype"];
    require(dtype.is_string(), "tensor '{}' has a dtype that is not a string", name);
    const auto known = dtype_of_name(dtype.get_ref<const std::string&>());
    require(known.has_value(), "tensor '{}' has the dtype {}, which is not supported", name,
            dtype.get_ref<const std::string&>());
    view.dtype = *known;

    const json& shape = entry["shape"];
    require(shape.is_array(), "tensor '{}' has a shape that is not a list", name);
    std::uint64_t bytes = size_of(view.dtype);
    for (const json& size : shape) {
      require(size.is_number_unsigned() && std::in_range<std::int64_t>(size.get<std::uint64_t>()),
              "tensor '{}' has a bad size in its shape", name);
      view.shape.push_back(size.get<std::int64_t>());
      require(!__builtin_mul_overflow(bytes, size.get<std::uint64_t>(), &bytes),
              "tensor '{}' is too large", name);
    }

    const json& offsets = entry["data_offsets"];
    require(offsets.is_array() && offsets.size() == 2 && offsets[0].is_number_unsigned() &&
                offsets[1].is_number_unsigned(),
            "tensor '{}' has data_offsets that are not two numbers", name);
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    require(begin <= end && end <= data.size(),
            "tensor '{}' lies outside the file (bytes {} to {} of {})", name, begin, end,
            data.size());
    require(end - begin == bytes, "tensor '{}' has {} bytes where its shape needs {}", name,
            end - begin, bytes);
    view.bytes = data.subspan(begin, bytes);
    return view;
  }

  /// The tensors must tile the data: no overlap, no hole, nothing behind the last.
  void check_tiling(std::span<const TensorView> tensors, std::span<const std::byte> data) const {
    std::vector<const TensorView*> order;
    for (const TensorView& tensor : tensors) order.push_back(&tensor);
    std::ranges::sort(order, [](const TensorView* a, const TensorView* b) {
      return std::pair(a->bytes.data(), a->bytes.size()) <
             std::pair(b->bytes.data(), b->bytes.size());
    });
    const std::byte* end = data.data();
    for (const TensorView* tensor : order) {
      require(tensor->bytes.data() == end, "there is a hole or an overlap before tensor '{}'",
              tensor->name);
      end += tensor->bytes.size();
    }
    require(end == data.data() + data.size(), "bytes behind the last tensor belong to none");
  }

 private:
  const std::filesystem::path& path_;
};

}  // namespace

std::size_t size_of(DType dtype) { return row(dtype).bytes; }

std::string_view safetensors_name(DType dtype) { return row(dtype).name; }

FileDigest write_safetensors(const std::filesystem::path& path, std::span<const TensorView> tensors,
                             const std::map<std::string, std::string>& metadata) {
  const std::vector<const TensorView*> order = file_order(tensors);
  NewFile file(path);
  const std::string header = encode_header(order, metadata);
  file.write(std::as_bytes(std::span(header)));
  for (const TensorView* tensor : order) file.write(tensor->bytes);
  return file.finish();
}

std::uint64_t safetensors_bytes(std::span<const TensorView> tensors,
                                const std::map<std::string, std::string>& metadata) {
  std::uint64_t bytes = encode_header(file_order(tensors), metadata).size();
  for (const TensorView& tensor : tensors) bytes += tensor.bytes.size();
  return bytes;
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path, const FileDigest& expected) {
  const UniqueFd fd = open_for_reading(path, ExitCode::storage);
  const std::uint64_t size = file_size(fd.get(), path);
  check(size == expected.bytes, ExitCode::storage, "'{}' has {} bytes where {} were written",
        path.string(), size, expected.bytes);
  content_.resize(size);
  pread_exactly(fd.get(), content_, 0, path, ExitCode::storage);
  check(xxh3_128_hex(content_) == expected.xxh3_128, ExitCode::storage,
        "'{}' is damaged: its hash is not the one that was recorded when it was written",
        path.string());
  parse(path, content_);
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path,
                                 std::span<const std::byte> content) {
  parse(path, content);
}

void SafetensorsFile::parse(const std::filesystem::path& path, std::span<const std::byte> content) {
  const HeaderReader reader(path);
  reader.require(content.size() >= length_bytes, "it has only {} bytes", content.size());
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, content.data(), length_bytes);
  reader.require(header_bytes <= max_header_bytes && header_bytes <= content.size() - length_bytes,
                 "its header would be {} bytes long in a file of {}", header_bytes, content.size());
  const auto data = content.subspan(length_bytes + header_bytes);
  const json header =
      reader.parse({reinterpret_cast<const char*>(content.data() + length_bytes), header_bytes});
  for (const auto& [name, entry] : header.items()) {  // nlohmann::json keeps keys in order
    if (name == metadata_key) {
      reader.check_metadata(entry);
      metadata_ = entry.get<std::map<std::string, std::string>>();
    } else {
      tensors_.push_back(reader.tensor(name, entry, data));
    }
  }
  reader.check_tiling(tensors_, data);
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(tensors_, name, {}, &TensorView::name);
  return found != tensors_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace lockstep
