#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lockstep {

/// A value of a pickle. Lists, tuples and dictionaries point to other values of the same Pickle,
/// which owns them all; they may be shared, and even contain themselves.
struct PickleValue {
  enum class Kind {
    none,
    boolean,
    integer,
    real,
    text,
    list,     ///< or a tuple: `items`
    dict,     ///< `items`: key, value, key, value, …
    global,   ///< `text`: the name of one of the allowed functions and classes
    storage,  ///< `items`: of torch.save's reference to a tensor's memory
    tensor,   ///< `items`: the arguments of torch._utils._rebuild_tensor_v2
  };
  Kind kind = Kind::none;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;
  std::vector<const PickleValue*> items;

  /// Of a dictionary; nullptr where it has no such key.
  const PickleValue* find(std::string_view key) const;
};

/// Reads what torch.save writes of tensors in plain containers, and nothing else: no function is
/// called, whatever the file says. A name other than those by which PyTorch rebuilds tensors is an
/// error that says it. Format: Python's pickletools, protocols 2 to 5.
class Pickle {
 public:
  /// Reads one pickle from the front of `bytes`. Throws Error(data).
  explicit Pickle(std::span<const std::byte> bytes);

  const PickleValue& root() const { return *root_; }
  /// The bytes that it took.
  std::size_t size() const { return size_; }

 private:
  friend class PickleReader;
  std::deque<PickleValue> values_;
  const PickleValue* root_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace lockstep
