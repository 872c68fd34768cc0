#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/storage/safetensors.h"
#include "models/saved/pickle.h"

namespace lockstep {

/// The bytes of a storage that a pickle refers to by its key. Throws Error(data) where there are
/// none.
using StorageBytes = std::function<std::span<const std::byte>(const std::string& key)>;

/// A tensor in a storage: `bytes` hold every element that `shape` and `strides` reach, the first
/// one first, and at any address.
struct SavedTensor {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;  ///< in elements
  std::span<const std::byte> bytes;
};

/// The tensor that `value`, of Kind::tensor, stands for: a view of the storage's bytes. Throws
/// Error(data) where its type is not known, or it reaches beyond the storage or shows an element
/// twice.
SavedTensor find_tensor(const PickleValue& value, const StorageBytes& storages);

/// What torch.save wrote, before its tensors are looked for.
struct TorchSave {
  Pickle pickle;
  StorageBytes storages;  ///< views of the file's bytes
};

/// `bytes` of a file as PyTorch has saved them since 1.6 (a zip file), or before. Throws
/// Error(data).
TorchSave open_torch_save(std::span<const std::byte> bytes);
bool is_torch_save(std::span<const std::byte> bytes);

}  // namespace lockstep
