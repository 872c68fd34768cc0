#include "models/saved/torch_save.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>

#include "core/error.h"

namespace lockstep {
namespace {

using Kind = PickleValue::Kind;
using Bytes = std::span<const std::byte>;

struct StorageType {
  std::string_view name;
  DType type;
};
constexpr std::array<StorageType, 10> kStorageTypes = {{{"torch FloatStorage", DType::f32},
                                                        {"torch DoubleStorage", DType::f64},
                                                        {"torch HalfStorage", DType::f16},
                                                        {"torch BFloat16Storage", DType::bf16},
                                                        {"torch LongStorage", DType::i64},
                                                        {"torch IntStorage", DType::i32},
                                                        {"torch ShortStorage", DType::i16},
                                                        {"torch CharStorage", DType::i8},
                                                        {"torch ByteStorage", DType::u8},
                                                        {"torch BoolStorage", DType::boolean}}};

template <typename... Args>
void require(bool good, MessageFormat<Args...> format, const Args&... args) {
  check<Args...>(good, ExitCode::data, format, args...);
}

bool starts_with(Bytes bytes, std::string_view magic) {
  return bytes.size() >= magic.size() && std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

// ---- zip files, of which torch.save uses little: nothing is compressed

constexpr std::string_view kLocalHeader = "PK\x03\x04";
constexpr std::string_view kCentralHeader = "PK\x01\x02";
constexpr std::string_view kEnd = "PK\x05\x06";
constexpr std::string_view kEnd64 = "PK\x06\x06";
constexpr std::uint32_t kIn64 = 0xffffffff;  ///< the number is in the zip64 field

template <typename Number>
Number number_at(Bytes bytes, std::uint64_t at) {
  require(at <= bytes.size() && sizeof(Number) <= bytes.size() - at,
          "its list of parts is cut off: the file is truncated or damaged");
  Number value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

Bytes part(Bytes bytes, std::uint64_t at, std::uint64_t size) {
  require(at <= bytes.size() && size <= bytes.size() - at,
          "a part of it reaches beyond its end: the file is truncated or damaged");
  return bytes.subspan(at, size);
}

std::string text_at(Bytes bytes, std::uint64_t at, std::uint64_t size) {
  const Bytes text = part(bytes, at, size);
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

/// The parts by name, without the folder that all are in. Format: PKWARE's APPNOTE, 4.3.
class Zip {
 public:
  explicit Zip(Bytes bytes) : bytes_(bytes) {
    std::uint64_t at = 0, entries = 0;
    find_directory(at, entries);
    for (std::uint64_t i = 0; i < entries; ++i) at = add_entry(at);
    require(!parts_.empty(), "it has no parts");
  }

  /// nullptr where there is none of that name.
  const Bytes* find(const std::string& name) const {
    const auto found = parts_.find(name);
    return found == parts_.end() ? nullptr : &found->second;
  }

 private:
  void find_directory(std::uint64_t& at, std::uint64_t& entries) const {
    constexpr std::uint64_t kEndBytes = 22, kMostComment = 65'535;
    require(bytes_.size() >= kEndBytes, "it has only {} bytes", bytes_.size());
    const std::uint64_t last = bytes_.size() - kEndBytes;
    const std::uint64_t first = last - std::min(last, kMostComment);
    std::uint64_t end = last + 1;
    while (end > first && !starts_with(bytes_.subspan(end - 1), kEnd)) --end;
    require(end > first, "the list of its parts is not there: the file is truncated");
    --end;
    entries = number_at<std::uint16_t>(bytes_, end + 10);
    at = number_at<std::uint32_t>(bytes_, end + 16);
    constexpr std::uint64_t kLocatorBytes = 20;
    if (at != kIn64 && entries != 0xffff) return;
    require(end >= kLocatorBytes, "the list of its parts is damaged");
    const auto end64 = number_at<std::uint64_t>(bytes_, end - kLocatorBytes + 8);
    require(end64 < bytes_.size() && starts_with(bytes_.subspan(end64), kEnd64),
            "the list of its parts is damaged");
    entries = number_at<std::uint64_t>(bytes_, end64 + 32);
    at = number_at<std::uint64_t>(bytes_, end64 + 48);
  }

  /// Returns where the next entry begins.
  std::uint64_t add_entry(std::uint64_t at) {
    require(at < bytes_.size() && starts_with(bytes_.subspan(at), kCentralHeader),
            "the list of its parts is damaged");
    require(number_at<std::uint16_t>(bytes_, at + 10) == 0,
            "a part of it is compressed, which torch.save does not do");
    std::uint64_t stored = number_at<std::uint32_t>(bytes_, at + 20);
    std::uint64_t size = number_at<std::uint32_t>(bytes_, at + 24);
    const auto name_bytes = number_at<std::uint16_t>(bytes_, at + 28);
    const auto extra_bytes = number_at<std::uint16_t>(bytes_, at + 30);
    const auto comment_bytes = number_at<std::uint16_t>(bytes_, at + 32);
    std::uint64_t offset = number_at<std::uint32_t>(bytes_, at + 42);
    const std::string name = text_at(bytes_, at + 46, name_bytes);
    read_zip64(part(bytes_, at + 46 + name_bytes, extra_bytes), size, stored, offset);
    require(size == stored, "the sizes of its part '{}' differ", name);
    require(offset < bytes_.size() && starts_with(bytes_.subspan(offset), kLocalHeader),
            "its part '{}' is not where its list says", name);
    const std::uint64_t data = offset + 30 + number_at<std::uint16_t>(bytes_, offset + 26) +
                               number_at<std::uint16_t>(bytes_, offset + 28);
    const std::size_t folder = name.find('/');
    parts_[folder == std::string::npos ? name : name.substr(folder + 1)] = part(bytes_, data, size);
    return at + 46 + name_bytes + extra_bytes + comment_bytes;
  }

  static void read_zip64(Bytes extra, std::uint64_t& size, std::uint64_t& stored,
                         std::uint64_t& offset) {
    constexpr std::uint16_t kZip64 = 1;
    for (std::uint64_t at = 0; at + 4 <= extra.size();) {
      const auto id = number_at<std::uint16_t>(extra, at);
      const auto bytes = number_at<std::uint16_t>(extra, at + 2);
      if (id == kZip64) {
        std::uint64_t next = at + 4;
        for (std::uint64_t* value : {&size, &stored, &offset}) {
          if (*value != kIn64) continue;
          *value = number_at<std::uint64_t>(extra, next);
          next += 8;
        }
      }
      at += 4 + bytes;
    }
  }

  Bytes bytes_;
  std::map<std::string, Bytes> parts_;
};

TorchSave open_zip(Bytes bytes) {
  const auto zip = std::make_shared<const Zip>(bytes);
  const Bytes* pickle = zip->find("data.pkl");
  require(pickle != nullptr, "it is a zip file without a data.pkl, so not of torch.save");
  require(zip->find("constants.pkl") == nullptr,
          "it is a TorchScript program; save the state alone in Python: "
          "torch.save(model.state_dict(), FILE)");
  if (const Bytes* order = zip->find("byteorder")) {
    require(text_at(*order, 0, order->size()) == "little", "its numbers are big-endian");
  }
  return {Pickle(*pickle), [zip](const std::string& key) {
            const Bytes* storage = zip->find("data/" + key);
            require(storage != nullptr, "it has no storage '{}'", key);
            return *storage;
          }};
}

// ---- before PyTorch 1.6: five pickles, then the storages in the order of their keys

constexpr std::string_view kOldStart = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";

std::size_t element_bytes(const PickleValue& storage);

/// The sizes of all storages that the values refer to, by key.
class StorageSizes {
 public:
  explicit StorageSizes(const PickleValue& root) { visit(root); }
  std::map<std::string, std::uint64_t> bytes;

 private:
  void visit(const PickleValue& root) {
    std::vector<const PickleValue*> open = {&root};
    std::map<const PickleValue*, bool> seen;
    while (!open.empty()) {
      const PickleValue* value = open.back();
      open.pop_back();
      if (seen[value]) continue;
      seen[value] = true;
      if (value->kind == Kind::storage) {
        const auto& items = value->items;
        require(items.size() >= 5 && items[2]->kind == Kind::text &&
                    items[4]->kind == Kind::integer && items[4]->integer >= 0,
                "a storage of it is not described");
        bytes[items[2]->text] = element_bytes(*value);
        continue;
      }
      open.insert(open.end(), value->items.begin(), value->items.end());
    }
  }
};

TorchSave open_old(Bytes bytes) {
  // The magic number, whose ten bytes no integer here holds, and the protocol and the system.
  std::size_t at = kOldStart.size() + 1;
  require(bytes.size() >= at, "it has only {} bytes", bytes.size());
  for (int i = 0; i < 2; ++i) at += Pickle(bytes.subspan(at)).size();
  Pickle pickle(bytes.subspan(at));
  at += pickle.size();
  const Pickle keys(bytes.subspan(at));
  at += keys.size();
  const StorageSizes sizes(pickle.root());
  auto storages = std::make_shared<std::map<std::string, Bytes>>();
  for (const PickleValue* key : keys.root().items) {
    const auto known = sizes.bytes.find(key->text);
    require(key->kind == Kind::text && known != sizes.bytes.end(),
            "it has a storage that nothing refers to");
    const auto elements = number_at<std::int64_t>(bytes, at);
    require(elements >= 0, "a storage of it has a negative size");
    std::uint64_t size = 0;
    require(!__builtin_mul_overflow(static_cast<std::uint64_t>(elements), known->second, &size),
            "a storage of it is too large");
    (*storages)[key->text] = part(bytes, at + 8, size);
    at += 8 + size;
  }
  return {std::move(pickle), [storages](const std::string& key) {
            const auto found = storages->find(key);
            require(found != storages->end(), "it has no storage '{}'", key);
            return found->second;
          }};
}

// ---- tensors

DType type_of(const PickleValue& storage) {
  const auto& items = storage.items;
  require(storage.kind == Kind::storage && items.size() >= 5 && items[1]->kind == Kind::global &&
              items[2]->kind == Kind::text,
          "a tensor of it has no storage");
  const auto found = std::ranges::find(kStorageTypes, items[1]->text, &StorageType::name);
  require(found != kStorageTypes.end(), "its tensors are of the kind '{}', which is not read",
          items[1]->text);
  return found->type;
}

std::size_t element_bytes(const PickleValue& storage) { return size_of(type_of(storage)); }

std::vector<std::int64_t> sizes_of(const PickleValue& list) {
  constexpr std::size_t kMostDimensions = 16;
  require(list.kind == Kind::list && list.items.size() <= kMostDimensions,
          "a tensor of it has no list of sizes");
  std::vector<std::int64_t> sizes;
  for (const PickleValue* item : list.items) {
    require(item->kind == Kind::integer && item->integer >= 0, "a tensor of it has a bad size");
    sizes.push_back(item->integer);
  }
  return sizes;
}

}  // namespace

SavedTensor find_tensor(const PickleValue& value, const StorageBytes& storages) {
  const auto& items = value.items;
  require(value.kind == Kind::tensor && items.size() >= 4 && items[1]->kind == Kind::integer &&
              items[1]->integer >= 0,
          "a tensor of it is not described");
  const DType type = type_of(*items[0]);
  const Bytes bytes = storages(items[0]->items[2]->text);
  SavedTensor tensor{type, sizes_of(*items[2]), sizes_of(*items[3]), {}};
  const std::vector<std::int64_t>& shape = tensor.shape;
  const std::vector<std::int64_t>& strides = tensor.strides;
  require(shape.size() == strides.size(), "a tensor of it has sizes and strides that differ");
  const auto elements = static_cast<std::int64_t>(bytes.size() / size_of(type));
  std::int64_t count = 1, last = items[1]->integer;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    // An empty tensor has no use here, and one of 0 x 2^62 is LibTorch's own error.
    require(shape[i] > 0, "a tensor of it has a side of 0");
    std::int64_t reach = 0;
    require(!__builtin_mul_overflow(count, shape[i], &count) &&
                !__builtin_mul_overflow(shape[i] - 1, strides[i], &reach) &&
                !__builtin_add_overflow(last, reach, &last),
            "a tensor of it is too large");
  }
  require(last < elements && count <= elements,
          "a tensor of it reaches beyond its storage of {} elements, or repeats them", elements);
  const auto first = static_cast<std::size_t>(items[1]->integer);
  const auto reached = static_cast<std::size_t>(last) + 1 - first;
  tensor.bytes = bytes.subspan(first * size_of(type), reached * size_of(type));
  return tensor;
}

bool is_torch_save(Bytes bytes) {
  return starts_with(bytes, kLocalHeader) || starts_with(bytes, kOldStart.substr(0, 1));
}

TorchSave open_torch_save(Bytes bytes) {
  if (starts_with(bytes, kLocalHeader)) return open_zip(bytes);
  require(starts_with(bytes, kOldStart),
          "it is a pickle, but not of torch.save; in Python, save the state: "
          "torch.save(model.state_dict(), FILE)");
  return open_old(bytes);
}

}  // namespace lockstep
