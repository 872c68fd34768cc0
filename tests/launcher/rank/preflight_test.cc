#include "launcher/rank/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<RankPlace> places(std::vector<std::pair<std::string, int>> hosts, int gpus) {
  std::vector<RankPlace> ranks;
  for (const auto& [host, count] : hosts) {
    for (int i = 0; i < count; ++i) {
      RankPlace& rank = ranks.emplace_back(RankPlace{.host = host, .gpus = {}});
      for (int gpu = 0; gpu < gpus; ++gpu) rank.gpus.push_back(std::to_string(gpu));
    }
  }
  return ranks;
}

std::string complaint(const char* expected, const std::vector<RankPlace>& ranks) {
  return message_of(ExitCode::usage, [&] { check_places(parse_expected_ranks(expected), ranks); });
}

constexpr const char* kTwoNodes = "nodes=2 tasks=8 tasks_per_node=4 gpus_per_node=4";

TEST(Preflight, PassesWhatTheBatchScriptSays) {
  EXPECT_NO_THROW(check_places(parse_expected_ranks(kTwoNodes), places({{"a", 4}, {"b", 4}}, 4)));
  EXPECT_NO_THROW(check_places(parse_expected_ranks(""), places({{"a", 1}}, 0)));
  // A site that shows each rank one GPU: together they see all.
  std::vector<RankPlace> bound = places({{"a", 2}}, 0);
  bound[0].gpus = {"0000:3B:00.0"};
  bound[1].gpus = {"0000:AF:00.0"};
  EXPECT_NO_THROW(check_places(parse_expected_ranks("gpus_per_node=2"), bound));
}

TEST(Preflight, NamesTheHostsAndWhatToChange) {
  EXPECT_THAT(complaint(kTwoNodes, places({{"a", 4}}, 4)),
              AllOf(HasSubstr("expects 8 ranks, and 4 have started"), HasSubstr("a (4)"),
                    HasSubstr("--ntasks-per-node")));
  EXPECT_THAT(complaint(kTwoNodes, places({{"a", 8}}, 4)),
              AllOf(HasSubstr("ranks on 2 nodes, and they are on 1"), HasSubstr("a (8)")));
  EXPECT_THAT(complaint(kTwoNodes, places({{"a", 5}, {"b", 3}}, 4)),
              AllOf(HasSubstr("4 ranks on each node, and a has 5"), HasSubstr("a (5), b (3)")));
  std::vector<RankPlace> broken = places({{"a", 4}}, 4);
  for (const RankPlace& rank : places({{"b", 4}}, 3)) broken.push_back(rank);
  EXPECT_THAT(complaint(kTwoNodes, broken),
              AllOf(HasSubstr("asks for 4 GPUs on each node, and the ranks on b see 3"),
                    HasSubstr("--exclude")));
}

TEST(Preflight, RefusesWhatItCannotRead) {
  for (const char* text : {"nodes", "nodes=", "nodes=x", "hosts=2", "=2", "nodes=-1"}) {
    EXPECT_THAT(complaint(text, {}), HasSubstr("LOCKSTEP_EXPECT is")) << text;
  }
}

}  // namespace
}  // namespace lockstep
