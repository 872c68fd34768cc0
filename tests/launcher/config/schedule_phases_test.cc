#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "launcher/config/config_yaml.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

Config parse(std::string_view yaml, std::vector<std::string> overrides = {}) {
  overrides.push_back("data.pack=p");
  return parse_config(yaml, "test.yaml", overrides);
}

std::string error_of(std::string_view yaml) {
  return message_of(ExitCode::usage, [&] { parse(yaml); });
}

TEST(SchedulePhases, AreReadAndWrittenWithTheirBegins) {
  const Config config = parse(
      "schedule:\n  name: phases\n  phases: [linear 2 from 0.1 to 1, constant 10, cosine 8 to "
      "0.01]");
  EXPECT_EQ(config.schedule.phases.size(), 3u);
  const std::string yaml = to_yaml(config);
  EXPECT_THAT(yaml, HasSubstr("\n  phases: [linear 2 from 0.1 to 1, constant 10 from 1, "
                              "cosine 8 from 1 to 0.01]\n"));
  EXPECT_EQ(parse_config(yaml, "written").schedule.phases, config.schedule.phases);
  EXPECT_THAT(
      config_diff(config, parse("", {"schedule.name=phases",
                                     "schedule.phases=[linear 2.0 from 0.1 to 1, constant 1e1, "
                                     "cosine 8 from 1 to 1e-2]"})),
      testing::IsEmpty());
}

TEST(SchedulePhases, AreRefusedWithTheirPlaceAndWhatIsWrong) {
  EXPECT_EQ(error_of("schedule:\n  name: phases\n  phases: [constant 2, cosine 8]"),
            "'schedule.phases' (test.yaml:3): schedule phase 2, 'cosine 8', has no end: add 'to "
            "FACTOR'; a phase is SHAPE EPOCHS [from FACTOR] [to FACTOR], such as 'cosine 8 to "
            "0.01'");
  EXPECT_THAT(error_of("schedule: {name: phases, phases: constant 2}"),
              HasSubstr("must be a list of phases, such as [linear 2 from 0.1 to 1, constant 10"));
  EXPECT_THAT(error_of("schedule: {name: phases, phases: [[constant 2]]}"),
              HasSubstr("must be a list of phases"));
  EXPECT_THAT(error_of("schedule: {phases: [constant 2]}"),
              HasSubstr("has no effect with schedule.name: cosine"));
}

}  // namespace
}  // namespace lockstep
