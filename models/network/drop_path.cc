#include "models/network/drop_path.h"

#include <algorithm>
#include <vector>

#include <ATen/ops/empty.h>

namespace lockstep {

at::Tensor DropPathImpl::forward(const at::Tensor& x) const {
  if (rate_ == 0 || !is_training()) return x;
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[0] = x.size(0);
  return x * at::empty(shape, x.options()).bernoulli_(1 - rate_).div_(1 - rate_);
}

double drop_path_below(double last, int index, int blocks) { return last * index / blocks; }

double drop_path_up_to(double last, int index, int blocks) {
  return last * index / std::max(1, blocks - 1);
}

}  // namespace lockstep
