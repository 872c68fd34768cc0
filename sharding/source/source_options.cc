#include "sharding/source/source_options.h"

namespace lockstep {

LabelType label_type(const SourceOptions& options, std::uint32_t width) {
  if (options.unlabelled) return {LabelKind::none, 0};
  switch (options.task) {
    case LabelTask::classification:
      return {LabelKind::int64, 1};
    case LabelTask::regression:
      return {LabelKind::float32, width};
    case LabelTask::multilabel:
      return {LabelKind::uint8, width};
  }
  return {};
}

}  // namespace lockstep
