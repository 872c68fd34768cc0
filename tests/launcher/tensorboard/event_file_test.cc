#include "launcher/tensorboard/event_file.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/storage/new_file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_in(const TemporaryDirectory& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

TEST(EventFile, HasWhatItBeganWithAndWhatWasAppended) {
  const TemporaryDirectory directory;
  EventFile file(directory.path(), "begin ");
  file.append("more ");
  file.append("end");
  EXPECT_EQ(read_file(file.path(), ExitCode::storage), "begin more end");
  EXPECT_THAT(file.path().filename().string(), HasSubstr("tfevents"));
}

TEST(EventFile, TakesThePlaceOfThoseBeforeUnderANameThatComesLater) {
  const TemporaryDirectory directory;
  const std::string others[] = {"events.out.tfevents.1.host", "events.out.tfevents.x.lockstep",
                                "metrics.jsonl"};
  for (const std::string& name : others) write_file(directory / name, "");
  const auto first = EventFile(directory.path(), "1").path();
  write_file(directory / "events.out.tfevents.9000000000.lockstep", "of a clock that was wrong");
  const auto second = EventFile(directory.path(), "2").path();
  EXPECT_EQ(second.filename(), "events.out.tfevents.9000000001.lockstep");
  EXPECT_NE(first, second);
  const auto third = EventFile(directory.path(), "3").path();
  EXPECT_GT(third, second) << "within one second";
  EXPECT_THAT(names_in(directory),
              ElementsAre(others[0], third.filename().string(), others[1], others[2]))
      << "files of others stay";
}

TEST(EventFile, ThatCannotBeWrittenIsAnError) {
  const TemporaryDirectory directory;
  EXPECT_THAT(message_of(ExitCode::storage, [&] { EventFile(directory / "gone", "1"); }),
              HasSubstr("gone"));
}

}  // namespace
}  // namespace lockstep
