#include "models/weights/weight_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <set>
#include <string_view>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "models/saved/torch_save.h"

namespace lockstep {
namespace {

using Kind = PickleValue::Kind;

/// Where training scripts put a state dict, the one that is wanted most first.
constexpr std::array<std::string_view, 9> kWrappers = {
    "state_dict_ema",   "model_ema",   "ema_state_dict", "state_dict",
    "model_state_dict", "model_state", "model",          "net",
    "weights"};
/// What wrapped modules put before every name.
constexpr std::array<std::string_view, 5> kPrefixes = {"module.", "_orig_mod.", "model.",
                                                       "backbone.", "net."};

bool has_tensors(const PickleValue& dict) {
  return dict.kind == Kind::dict && std::ranges::any_of(dict.items, [](const PickleValue* item) {
           return item->kind == Kind::tensor;
         });
}

/// The dictionary that holds the tensors: `root`, or what wraps it at most twice.
const PickleValue& find_state(const PickleValue& root, std::vector<std::string>& notes) {
  constexpr int kMostWrappers = 2;
  const PickleValue* dict = &root;
  for (int i = 0; i <= kMostWrappers; ++i) {
    if (has_tensors(*dict)) return *dict;
    const PickleValue* inner = nullptr;
    for (const std::string_view wrapper : kWrappers) {
      inner = dict->find(wrapper);
      if (inner != nullptr && inner->kind == Kind::dict) {
        notes.push_back(fmt::format("the tensors are those of its '{}'", wrapper));
        break;
      }
      inner = nullptr;
    }
    if (inner == nullptr) break;
    dict = inner;
  }
  fail(ExitCode::data,
       "it holds no dictionary of tensors; in Python, save the state alone: "
       "torch.save(model.state_dict(), FILE)");
}

at::ScalarType type_of(DType type) {
  switch (type) {
    case DType::f32:
      return at::kFloat;
    case DType::f64:
      return at::kDouble;
    case DType::f16:
      return at::kHalf;
    case DType::bf16:
      return at::kBFloat16;
    case DType::i64:
      return at::kLong;
    case DType::i32:
      return at::kInt;
    case DType::i16:
      return at::kShort;
    case DType::i8:
      return at::kChar;
    case DType::u8:
      return at::kByte;
    case DType::boolean:
      return at::kBool;
  }
  return at::kFloat;
}

/// A view of the file's bytes.
at::Tensor view_of(const SavedTensor& tensor) {
  // from_blob takes a mutable pointer; nothing writes through it.
  auto* data = const_cast<std::byte*>(tensor.bytes.data());
  return at::from_blob(data, tensor.shape, tensor.strides,
                       at::TensorOptions(type_of(tensor.dtype)));
}

std::vector<WeightFile::Entry> read_torch_save(std::span<const std::byte> bytes,
                                               std::vector<std::string>& notes) {
  const TorchSave saved = open_torch_save(bytes);
  const PickleValue& state = find_state(saved.pickle.root(), notes);
  // Any number of tensors may be views of one storage, and each may be copied. Tied weights are.
  std::uint64_t left = 2 * bytes.size();
  std::vector<WeightFile::Entry> tensors;
  for (std::size_t i = 0; i + 1 < state.items.size(); i += 2) {
    const PickleValue& name = *state.items[i];
    if (state.items[i + 1]->kind != Kind::tensor) continue;
    check(name.kind == Kind::text, ExitCode::data, "a tensor of it has no name");
    tensors.push_back({name.text, view_of(find_tensor(*state.items[i + 1], saved.storages))});
    const std::uint64_t size = tensors.back().value.nbytes();
    check(size <= left, ExitCode::data,
          "its tensors, to '{}', are views that together hold more than twice the file", name.text);
    left -= size;
  }
  return tensors;
}

std::vector<WeightFile::Entry> views_of(std::span<const TensorView> views) {
  std::vector<WeightFile::Entry> tensors;
  for (const TensorView& view : views) {
    // from_blob takes a mutable pointer; nothing writes through it.
    auto* data = const_cast<std::byte*>(view.bytes.data());
    tensors.push_back({view.name, at::from_blob(data, view.shape, type_of(view.dtype))});
  }
  return tensors;
}

/// Takes off what stands before every name, as often as it does.
void strip_prefixes(WeightFile& file) {
  for (bool found = true; found && !file.tensors.empty();) {
    found = false;
    for (const std::string_view prefix : kPrefixes) {
      const auto has_it = [&](const WeightFile::Entry& entry) {
        return entry.name.starts_with(prefix);
      };
      if (!std::ranges::all_of(file.tensors, has_it)) continue;
      for (WeightFile::Entry& entry : file.tensors) entry.name.erase(0, prefix.size());
      file.notes.push_back(fmt::format("its names begin with '{}'", prefix));
      found = true;
    }
  }
}

/// Of float32, row-major.
bool all_finite(const at::Tensor& tensor) {
  constexpr std::uint32_t kExponent = 0x7f800000;  // all ones: an infinity, or no number
  const std::span<const float> numbers(tensor.const_data_ptr<float>(),
                                       static_cast<std::size_t>(tensor.numel()));
  std::uint32_t bad = 0;
  for (const float number : numbers) {
    bad |= (std::bit_cast<std::uint32_t>(number) & kExponent) == kExponent;
  }
  return bad == 0;
}

/// Where its type wants it; a tensor of a file may lie at any address.
bool is_aligned(const at::Tensor& tensor) {
  return reinterpret_cast<std::uintptr_t>(tensor.const_data_ptr()) % tensor.element_size() == 0;
}

/// In memory of its own; byte by byte, as numbers at odd addresses may not be read otherwise.
at::Tensor copied(const at::Tensor& tensor) {
  if (is_aligned(tensor)) return tensor.clone();
  const auto size = static_cast<std::int64_t>(tensor.storage().nbytes());
  const at::Tensor bytes = at::empty({size}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), tensor.const_data_ptr(), static_cast<std::size_t>(size));
  return at::from_blob(
      bytes.mutable_data_ptr(), tensor.sizes(), tensor.strides(), [bytes](void*) {},
      tensor.options());
}

/// Float32 and int64, at addresses where such numbers may lie; with `copy` in memory of their own.
void convert(WeightFile& file, bool copy) {
  const at::NoGradGuard no_grad;
  std::set<std::string> converted;
  for (WeightFile::Entry& entry : file.tensors) {
    const at::ScalarType type = entry.value.scalar_type();
    const bool is_real = at::isFloatingType(type);
    if (is_real && type != at::kFloat) converted.insert(at::toString(type));
    if (copy || !is_aligned(entry.value)) entry.value = copied(entry.value);
    entry.value = entry.value.to(is_real ? at::kFloat : at::kLong).contiguous();
    check(!is_real || all_finite(entry.value), ExitCode::data,
          "its tensor '{}' holds numbers that are not finite", entry.name);
  }
  if (!converted.empty()) {
    file.notes.push_back(fmt::format("converted to float32 from {}", fmt::join(converted, ", ")));
  }
}

void take(std::span<const TensorView> tensors, WeightFile& file, bool copy) {
  file.tensors = views_of(tensors);
  strip_prefixes(file);
  convert(file, copy);
}

void read_content(WeightFile& file) {
  file.content = std::make_shared<const std::string>(read_file(file.path, ExitCode::data));
  const auto bytes = std::as_bytes(std::span(*file.content));
  file.hash = xxh3_128_hex(bytes);
  // First, as the length of a header may begin with any byte, a pickle's too.
  constexpr std::size_t kLengthBytes = 8;  // of a safetensors header, before it
  if (bytes.size() > kLengthBytes && (*file.content)[kLengthBytes] == '{') {
    const SafetensorsFile tensors(file.path, bytes);
    file.metadata = tensors.metadata();
    take(tensors.tensors(), file, /*copy=*/false);
    return;
  }
  check(is_torch_save(bytes), ExitCode::data,
        "it is neither a safetensors file nor one of torch.save");
  file.tensors = read_torch_save(bytes, file.notes);
  strip_prefixes(file);
  convert(file, /*copy=*/false);
}

}  // namespace

WeightFile read_weight_file(const std::filesystem::path& path) {
  WeightFile file{
      .path = path, .hash = {}, .tensors = {}, .metadata = {}, .notes = {}, .content = {}};
  try {
    read_content(file);
    check(!file.tensors.empty(), ExitCode::data, "it holds no tensors");
  } catch (const UnreadableFile&) {
    throw;
  } catch (const Error& error) {
    const std::string what = error.what();
    if (what.find(path.string()) != std::string::npos) throw Error(ExitCode::data, what);
    fail(ExitCode::data, "cannot take weights from '{}': {}", path, what);
  } catch (const std::exception& error) {  // LibTorch's, and std::bad_alloc
    fail(ExitCode::data, "cannot take weights from '{}': {}", path, error.what());
  }
  std::ranges::sort(file.tensors, {}, &WeightFile::Entry::name);
  const auto twice = std::ranges::adjacent_find(file.tensors, {}, &WeightFile::Entry::name);
  check(twice == file.tensors.end(), ExitCode::data, "'{}' has two tensors of one name", path);
  return file;
}

WeightFile copy_weights(std::span<const TensorView> tensors, const std::filesystem::path& path) {
  WeightFile file{
      .path = path, .hash = {}, .tensors = {}, .metadata = {}, .notes = {}, .content = {}};
  take(tensors, file, /*copy=*/true);
  return file;
}

}  // namespace lockstep
