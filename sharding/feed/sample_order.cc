#include "sharding/feed/sample_order.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "sharding/feed/epoch_order.h"

namespace lockstep {
namespace {

// The streams of EpochOrder: stream 0 is the full shuffle.
constexpr std::uint64_t kBlocks = 1;
std::uint64_t stream_of_window(std::uint64_t window) { return std::uint64_t{1} << 62 | window; }
/// The `round`-th pass over a class; classes are fewer than 2^22, rounds than 2^40.
std::uint64_t stream_of_class(std::uint64_t index, std::uint64_t round) {
  return std::uint64_t{1} << 63 | index << 40 | round;
}

class FullShuffle final : public SampleOrder {
 public:
  FullShuffle(std::uint64_t samples, std::uint64_t seed) : samples_(samples), seed_(seed) {}

  void take(std::uint64_t epoch, std::uint64_t first, std::span<std::uint64_t> ids) const override {
    const EpochOrder order(samples_, seed_, epoch);
    for (std::uint64_t& id : ids) id = order[first++];
  }

 private:
  std::uint64_t samples_;
  std::uint64_t seed_;
};

// Works on whole blocks, so on a domain of up to one block more than there are samples; a position
// that falls beyond the samples is put through again, as in cycle walking.
class BlockShuffle final : public SampleOrder {
 public:
  BlockShuffle(std::uint64_t samples, std::uint64_t seed, const BlockShuffleOptions& options)
      : samples_(samples),
        seed_(seed),
        block_(options.block_samples),
        blocks_((samples + block_ - 1) / block_),
        window_blocks_(std::min(options.window_blocks, blocks_)) {}

  void take(std::uint64_t epoch, std::uint64_t first, std::span<std::uint64_t> ids) const override {
    const EpochOrder blocks(blocks_, seed_, epoch, kBlocks);
    std::optional<EpochOrder> inside;
    std::uint64_t window = 0;
    for (std::uint64_t& id : ids) {
      id = first++;
      do {
        const std::uint64_t wanted = id / window_samples();
        if (!inside || wanted != window) {
          window = wanted;
          inside.emplace(blocks_of(window) * block_, seed_, epoch, stream_of_window(window));
        }
        const std::uint64_t place = (*inside)[id - window * window_samples()];
        id = blocks[window * window_blocks_ + place / block_] * block_ + place % block_;
      } while (id >= samples_);
    }
  }

  std::vector<IdRange> read_ahead(std::uint64_t epoch, std::uint64_t first, std::uint64_t count,
                                  bool start) const override {
    // Due is the window after each that these positions enter, and at a start or in a new epoch
    // the one that they are in.
    const std::uint64_t entered = (first + window_samples() - 1) / window_samples();
    const std::uint64_t begin = start || first == 0 ? first / window_samples() : entered + 1;
    const std::uint64_t end = std::min((first + count - 1) / window_samples() + 2,
                                       (blocks_ + window_blocks_ - 1) / window_blocks_);
    std::vector<IdRange> ranges;
    const EpochOrder blocks(blocks_, seed_, epoch, kBlocks);
    for (std::uint64_t window = begin; window < end; ++window) {
      for (std::uint64_t i = 0; i < blocks_of(window); ++i) {
        const std::uint64_t id = blocks[window * window_blocks_ + i] * block_;
        ranges.push_back({id, std::min(block_, samples_ - id)});
      }
    }
    return ranges;
  }

 private:
  std::uint64_t window_samples() const { return window_blocks_ * block_; }
  std::uint64_t blocks_of(std::uint64_t window) const {
    return std::min(window_blocks_, blocks_ - window * window_blocks_);
  }

  std::uint64_t samples_;
  std::uint64_t seed_;
  std::uint64_t block_;
  std::uint64_t blocks_;
  std::uint64_t window_blocks_;
};

class BalancedShuffle final : public SampleOrder {
 public:
  BalancedShuffle(std::shared_ptr<const ClassMembers> members, std::uint64_t seed)
      : members_(std::move(members)), seed_(seed) {}

  void take(std::uint64_t epoch, std::uint64_t first, std::span<std::uint64_t> ids) const override {
    const EpochOrder order(members_->samples(), seed_, epoch);
    for (std::uint64_t& id : ids) {
      const auto [index, draw] = share(order[first++]);
      const std::uint64_t members = members_->count(index);
      const EpochOrder of_class(members, seed_, epoch, stream_of_class(index, draw / members));
      id = members_->id(index, of_class[draw % members]);
    }
  }

 private:
  /// The class at a place of the unshuffled epoch, and how many of that class come before.
  struct Share {
    std::size_t index;
    std::uint64_t draw;
  };
  Share share(std::uint64_t place) const {
    __extension__ using Wide = unsigned __int128;
    const std::uint64_t samples = members_->samples();
    const std::uint64_t classes = members_->classes();
    const auto index = static_cast<std::uint64_t>(Wide{place} * classes / samples);
    const auto begin = static_cast<std::uint64_t>((Wide{index} * samples + classes - 1) / classes);
    return {index, place - begin};
  }

  std::shared_ptr<const ClassMembers> members_;
  std::uint64_t seed_;
};

}  // namespace

std::unique_ptr<SampleOrder> full_shuffle(std::uint64_t samples, std::uint64_t seed) {
  return std::make_unique<FullShuffle>(samples, seed);
}

std::unique_ptr<SampleOrder> block_shuffle(std::uint64_t samples, std::uint64_t seed,
                                           const BlockShuffleOptions& options) {
  assert(samples > 0 && options.block_samples > 0 && options.window_blocks > 0);
  return std::make_unique<BlockShuffle>(samples, seed, options);
}

std::unique_ptr<SampleOrder> balanced_shuffle(std::shared_ptr<const ClassMembers> members,
                                              std::uint64_t seed) {
  return std::make_unique<BalancedShuffle>(std::move(members), seed);
}

}  // namespace lockstep
