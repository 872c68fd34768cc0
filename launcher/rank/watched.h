#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "core/process/pulse.h"

namespace lockstep {

/// What one thread says and others read. Saying something is a sign of life. Copies are one and the
/// same.
template <typename T>
class Watched {
 public:
  explicit Watched(T value) : state_(std::make_shared<State>(std::move(value))) {}

  template <typename U>
  Watched& operator=(const U& value) {
    const std::lock_guard lock(state_->mutex);
    state_->value = T(value);
    beat();
    return *this;
  }
  T get() const {
    const std::lock_guard lock(state_->mutex);
    return state_->value;
  }

 private:
  struct State {
    explicit State(T initial) : value(std::move(initial)) {}
    std::mutex mutex;
    T value;
  };
  std::shared_ptr<State> state_;
};

}  // namespace lockstep
