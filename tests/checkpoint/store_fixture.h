#pragma once

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "checkpoint/format.h"
#include "checkpoint/store.h"
#include "core/error.h"
#include "tests/checkpoint/example_snapshot.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {

namespace fs = std::filesystem;

/// A store of one process over a fresh directory, and a log to look at.
class CheckpointStoreTest : public ::testing::Test {
 protected:
  CheckpointStore open(int keep = 0) {
    return CheckpointStore(path(), *communicator_, log_, CheckpointStoreOptions{.keep = keep});
  }
  fs::path path() const { return directory_ / "checkpoints"; }
  fs::path path_of(std::int64_t step) const { return path() / checkpoint_directory_name(step); }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : fs::directory_iterator(path()))
      result.push_back(entry.path().filename().string());
    std::ranges::sort(result);
    return result;
  }

  /// The step that a restart would continue from; -1 where it would begin.
  std::int64_t newest_step() {
    const auto loaded = open().load_newest();
    return loaded ? loaded->manifest.step : -1;
  }

  TemporaryDirectory directory_;
  std::ostringstream logged_;
  spdlog::logger log_{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(logged_)};
  std::unique_ptr<Communicator> communicator_ = make_single_communicator();
};

}  // namespace lockstep
