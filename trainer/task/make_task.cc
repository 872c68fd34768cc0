#include "trainer/task/make_task.h"

#include <cassert>

#include "trainer/task/classification.h"
#include "trainer/task/multi_label.h"
#include "trainer/task/regression.h"

namespace lockstep {

std::unique_ptr<Task> make_task(const TaskSpec& spec) {
  switch (spec.kind) {
    case TaskKind::classification:
      return std::make_unique<Classification>(spec);
    case TaskKind::multi_label:
      return std::make_unique<MultiLabel>(spec);
    case TaskKind::regression:
      return std::make_unique<Regression>(spec);
  }
  assert(false);
  return nullptr;
}

}  // namespace lockstep
