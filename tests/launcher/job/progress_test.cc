#include "launcher/job/progress.h"

#include <fcntl.h>
#include <limits>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const ProgressEvent half{.phase = "train",
                         .epoch = 2.5,
                         .epochs = 5,
                         .step = 50,
                         .steps = 100,
                         .loss = 0.25,
                         .learning_rate = 0.1,
                         .images_per_second = 1234.5};

TEST(ProgressLine, SaysHowFarHowWellAndHowLong) {
  EXPECT_EQ(
      progress_line(half, 3725, 200),
      "train  50% [============            ] step 50/100 epoch 2.5/5 loss 0.2500 1234 images/s "
      "1:02:05 left lr 0.1");
  EXPECT_EQ(progress_line(half, 65, 20), "train  50% [========");
  ProgressEvent bare{.phase = "evaluate",
                     .epoch = 0,
                     .epochs = 0,
                     .step = 0,
                     .steps = 0,
                     .loss = std::numeric_limits<double>::quiet_NaN(),
                     .learning_rate = 0,
                     .images_per_second = 0};
  EXPECT_EQ(progress_line(bare, -1, 200), "evaluate   0% [                        ] 0/0");
  bare.step = bare.steps = 7;
  EXPECT_EQ(progress_line(bare, 0, 200), "evaluate 100% [========================] 7/7 0:00 left");
}

TEST(ProgressLine, OfSamplesSaysHowManyASecond) {
  EXPECT_EQ(progress_line(sample_progress("pack", 500, 1000, 2), 2, 200),
            "pack  50% [============            ] 500/1000 250 images/s 0:02 left");
  EXPECT_EQ(progress_line(sample_progress("pack", 0, 1000, 0), -1, 200),
            "pack   0% [                        ] 0/1000");
}

/// What a display writes.
class Screen {
 public:
  Screen() { EXPECT_EQ(pipe2(ends_, O_NONBLOCK), 0); }
  ~Screen() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int fd() const { return ends_[1]; }
  std::string take() {
    std::string text(1 << 16, '\0');
    const ssize_t count = read(ends_[0], text.data(), text.size());
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  int ends_[2];
};

TEST(ProgressDisplay, DrawsABarOverItselfTenTimesASecondAtMost) {
  Screen screen;
  ProgressDisplay display(screen.fd(), ProgressDisplay::Style::bar);
  const ProgressDisplay::Clock::time_point start{};
  ProgressEvent event = half;
  display.update(event, start);
  EXPECT_THAT(screen.take(), testing::AllOf(testing::StartsWith("\r\x1b[Ktrain"),
                                            testing::EndsWith("\r"), Not(HasSubstr("left"))));
  event.step = 60;
  display.update(event, start + 50ms);
  EXPECT_EQ(screen.take(), "");
  display.update(event, start + 1s);
  EXPECT_THAT(screen.take(), HasSubstr(" 0:04 left"));  // 10 steps a second, 40 to go
  event.step = 100;
  display.update(event, start + 1001ms);
  EXPECT_THAT(screen.take(), HasSubstr("100%"));
  display.clear();
  EXPECT_EQ(screen.take(), "\r\x1b[K");
  display.clear();
  EXPECT_EQ(screen.take(), "");
}

TEST(ProgressDisplay, WritesALineForEveryTwentiethPartElsewhere) {
  Screen screen;
  ProgressDisplay display(screen.fd(), ProgressDisplay::Style::lines);
  ProgressEvent event = half;
  int lines = 0;
  ProgressDisplay::Clock::time_point now{};
  for (event.step = 0; event.step <= 100; ++event.step) {
    now += 5s;
    display.update(event, now);
    const std::string text = screen.take();
    if (text.empty()) continue;
    ++lines;
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(text.find('\r'), std::string::npos);
  }
  EXPECT_EQ(lines, 20);
  event.phase = "evaluate";  // takes a second: no line
  for (event.step = 0; event.step <= 100; ++event.step) {
    now += 10ms;
    display.update(event, now);
  }
  EXPECT_EQ(screen.take(), "");
  display.clear();
  EXPECT_EQ(screen.take(), "");
}

}  // namespace
}  // namespace lockstep
