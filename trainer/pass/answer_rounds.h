#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "trainer/pass/batch_pass.h"

namespace lockstep {

/// What a model answers for some samples that follow each other.
struct Predictions {
  std::uint64_t first = 0;  ///< id of the first
  at::Tensor answers;       ///< [n, K] float32 in host memory
  /// Why samples could not be read, by their ids; their answers mean nothing.
  std::map<std::uint64_t, std::string> damaged;
};

/// The batches of one round of a pass, a rank's after the other's, as they come to rank 0.
class AnswerRounds {
 public:
  AnswerRounds(const BatchPassOptions& options, std::uint64_t samples, std::size_t outputs,
               Communicator& communicator);
  ~AnswerRounds();

  /// Of a sample that could not be read; by any thread.
  void add_damage(std::uint64_t id, const std::string& reason);
  /// This rank's answers of the round, [n, K].
  void add(const at::Tensor& answers);
  /// Collective, once for each round: `take` is called on rank 0.
  void gather(const std::function<void(const Predictions&)>& take);

 private:
  class DamageList;
  std::size_t ranks() const { return static_cast<std::size_t>(communicator_.size()); }
  std::span<float> mine();

  std::uint64_t samples_;
  std::uint64_t batch_;
  std::size_t outputs_;
  Communicator& communicator_;
  std::vector<float> all_;  ///< [ranks, batch, K]
  std::unique_ptr<DamageList> damage_;
  std::uint64_t round_ = 0;
};

}  // namespace lockstep
