#include "launcher/job/parent_protocol.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

template <typename T>
T sent(const T& event) {
  std::string line = encode(event);
  EXPECT_EQ(line.back(), '\n');
  line.pop_back();
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const std::optional<Event> back = decode(line);
  EXPECT_TRUE(back && std::holds_alternative<T>(*back));
  return std::get<T>(back.value());
}

TEST(ParentProtocol, EventsArriveAsTheyWereSent) {
  sent(ReadyEvent{});
  const ProgressEvent progress = sent(ProgressEvent{.phase = "train",
                                                    .epoch = 1.5,
                                                    .epochs = 5,
                                                    .step = 100,
                                                    .steps = 1000,
                                                    .loss = 0.1,
                                                    .learning_rate = 0.3,
                                                    .images_per_second = 1e4});
  EXPECT_EQ(progress.phase, "train");
  EXPECT_EQ(progress.epoch, 1.5);
  EXPECT_EQ(progress.epochs, 5);
  EXPECT_EQ(progress.step, 100);
  EXPECT_EQ(progress.steps, 1000);
  EXPECT_EQ(progress.loss, 0.1);
  EXPECT_EQ(progress.learning_rate, 0.3);
  EXPECT_EQ(progress.images_per_second, 1e4);
  const FailureEvent failure = sent(FailureEvent{.rank = 3,
                                                 .host = "node7",
                                                 .step = 12,
                                                 .phase = "reading data",
                                                 .code = 3,
                                                 .message = "two\nlines \"quoted\" \x1e"});
  EXPECT_EQ(failure.message, "two\nlines \"quoted\" \x1e");
  EXPECT_EQ(to_text(failure), "rank 3 on node7, step 12, reading data: two\nlines \"quoted\" \x1e");
}

TEST(ParentProtocol, ALossThatIsNotANumberArrivesAsOne) {
  ProgressEvent progress;
  progress.loss = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(sent(progress).loss));
}

TEST(ParentProtocol, ALongMessageIsCutSoThatOneWriteIsAtomic) {
  FailureEvent failure;
  for (const std::string& piece : {std::string("x"), std::string("\n"), std::string("\xff")}) {
    for (int i = 0; i < 6000; ++i) failure.message += piece;
    EXPECT_LE(encode(failure).size(), 4096u);
    EXPECT_GT(sent(failure).message.size(), 500u);
  }
}

TEST(ParentProtocol, OtherLinesAreNoEvents) {
  for (
      const char* line :
      {"", "hello", "{\"event\":\"ready\"}", "\x1e", "\x1e{", "\x1e{}", "\x1e{\"event\":\"else\"}",
       "\x1e[1]", "\x1e{\"event\":5}", "\x1e{\"event\":\"failure\",\"rank\":\"x\"}",
       "\x1e"
       R"({"event":"failure","rank":1e300,"host":"a","step":1,"phase":"x","code":3,"message":"m"})",
       "\x1e"
       R"({"event":"failure","rank":1,"host":"a","step":1,"phase":"x","code":4294967299,"message":""})"}) {
    EXPECT_FALSE(decode(line).has_value()) << line;
  }
}

}  // namespace
}  // namespace lockstep
