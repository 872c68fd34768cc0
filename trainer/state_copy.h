#pragma once

#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "checkpoint/snapshot.h"
#include "trainer/tensor_io.h"

namespace lockstep {

/// A hash of the tensors as they lie in memory, which is not the order of a file: the same on two
/// ranks only where their bits are. Copies nothing on a CPU, and all to the host from a GPU.
std::string memory_digest(const StateParts& parts);

/// The tensors of a checkpoint as they are at one moment. Its memory, on the host, is used again
/// for the next copy. take() is for the thread that trains; the others, in their order, for any.
///
///     copy.take(state_parts(model, optimizer, average));   // what training waits for
///     copy.arrange();
///     write(copy.model(), copy.optimizer());
class StateCopy {
 public:
  /// Copies all as it is now.
  void take(const StateParts& parts);
  /// As of the parts that were taken.
  std::string memory_digest() const;
  /// Whether no trained parameter is infinite or no number.
  bool has_finite_parameters() const;

  /// Puts each tensor into row-major order, in its place.
  void arrange();
  /// After arrange(): views into this object, as a Snapshot takes them.
  std::vector<TensorView> model() const;
  std::vector<TensorView> optimizer() const;

 private:
  /// What was taken last; `flat` on the host, layouts of its own.
  struct Kept {
    at::Tensor flat;
    FlatLayout layout;
    std::string prefix;
  };
  static std::vector<StatePart> parts_of(const std::vector<Kept>& kept);
  static void keep(const std::vector<StatePart>& parts, std::vector<Kept>& kept);

  std::vector<Kept> model_, optimizer_;
};

}  // namespace lockstep
