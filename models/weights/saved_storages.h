#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/weights/pickle.h"

namespace lockstep {

/// The bytes of a storage that a pickle refers to by its key. Throws Error(data) where there are
/// none.
using StorageBytes = std::function<std::span<const std::byte>(const std::string& key)>;

/// The tensor that `value`, of Kind::tensor, stands for: a view of the storage's bytes. Throws
/// Error(data) where its type is not known, or it reaches beyond the storage or shows an element
/// twice.
at::Tensor rebuild_tensor(const PickleValue& value, const StorageBytes& storages);

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
