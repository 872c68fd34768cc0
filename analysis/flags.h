#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace lockstep {

/// Bools one after the other in memory, which those of a std::vector<bool> are not. All false at
/// first.
class Flags {
 public:
  explicit Flags(std::size_t size = 0) : size_(size), flags_(new bool[size]()) {}

  std::size_t size() const { return size_; }
  bool& operator[](std::size_t i) { return flags_[i]; }
  bool operator[](std::size_t i) const { return flags_[i]; }
  operator std::span<const bool>() const { return {flags_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<bool[]> flags_;
};

}  // namespace lockstep
