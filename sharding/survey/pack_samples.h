#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sharding/read/pack.h"

namespace lockstep {

/// The samples of all splits of a pack under one number each: those of the first split, then those
/// of the next. Thread-safe.
class PackSamples {
 public:
  struct Place {
    std::size_t split = 0;  ///< its number in the manifest
    std::uint64_t id = 0;
  };

  explicit PackSamples(const Pack& pack);

  const Pack& pack() const { return pack_; }
  std::uint64_t size() const { return first_.back(); }
  std::size_t splits() const { return splits_.size(); }
  const PackSplit& split(std::size_t number) const { return *splits_[number]; }
  std::uint64_t first_of(std::size_t split) const { return first_[split]; }
  Place place(std::uint64_t number) const;
  void read(std::uint64_t number, Sample& sample) const;
  std::string describe(std::uint64_t number) const;
  /// Calls `visit(number, sample)` for all in order, with `bytes` left empty.
  void visit_index(const std::function<void(std::uint64_t, const Sample&)>& visit) const;

 private:
  const Pack& pack_;
  std::vector<std::shared_ptr<const PackSplit>> splits_;
  std::vector<std::uint64_t> first_;  ///< [splits + 1]
};

/// Where samples came from, as /source of their shards says, in the order of `numbers`, which must
/// rise. Throws Error(data) where a shard with one of them is damaged outside of its images.
std::vector<std::string> sources_of(const PackSamples& samples,
                                    std::span<const std::uint64_t> numbers);

}  // namespace lockstep
