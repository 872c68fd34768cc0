#include "launcher/tensorboard/metrics_events.h"

#include <limits>

#include <gtest/gtest.h>

#include "launcher/tensorboard/event_record.h"

namespace lockstep {
namespace {

constexpr double kNow = 9;

std::string scalars(double time, std::int64_t step, const std::vector<EventScalar>& values) {
  return scalars_record({time, step}, values);
}

TEST(MetricsEvents, HaveTheNamesThatPeopleExpect) {
  MetricsEvents events(kNow);
  const nlohmann::json step = {{"kind", "step"},
                               {"step", 20},
                               {"epoch", 0.5},
                               {"time", 3.5},
                               {"lr", 0.1},
                               {"loss", 2.0},
                               {"accuracy", 0.25},
                               {"images_per_second", 100.0},
                               {"seconds", 4.0},
                               {"data_wait_seconds", 0.5},
                               {"communication_seconds", 0.25}};
  EXPECT_EQ(events.of_line(step), scalars(3.5, 20,
                                          {{"train/accuracy", 0.25},
                                           {"time/communication_seconds", 0.25},
                                           {"time/data_wait_seconds", 0.5},
                                           {"images_per_second", 100},
                                           {"train/loss", 2},
                                           {"lr", 0.1}}));
  const nlohmann::json epoch = {{"kind", "epoch"},
                                {"step", 40},
                                {"epoch", 1},
                                {"time", 4.5},
                                {"lr", 0.2},
                                {"train/loss", 1.0},
                                {"valid/loss", 1.5},
                                {"valid/count", 100},
                                {"gap/loss", 0.5},
                                {"evaluation_seconds", 2.0},
                                {"seconds", 4.0},
                                {"data_wait_seconds", 0.5},
                                {"images_per_second", 90.0}};
  EXPECT_EQ(events.of_line(epoch), scalars(4.5, 40,
                                           {{"time/evaluation_seconds", 2},
                                            {"gap/loss", 0.5},
                                            {"images_per_second", 90},
                                            {"lr", 0.2},
                                            {"train_epoch/loss", 1},
                                            {"valid/loss", 1.5}}));
}

TEST(MetricsEvents, HaveOneValueOfATagAndAStep) {
  MetricsEvents events(kNow);
  EXPECT_EQ(events.of_line({{"kind", "step"}, {"step", 20}, {"lr", 0.1}}),
            scalars(kNow, 20, {{"lr", 0.1}}));
  EXPECT_EQ(events.of_line({{"kind", "epoch"}, {"step", 20}, {"lr", 0.1}, {"valid/loss", 1.0}}),
            scalars(kNow, 20, {{"valid/loss", 1}}));
  EXPECT_EQ(events.of_line({{"kind", "step"}, {"step", 20}, {"lr", 0.1}}), "");
}

TEST(MetricsEvents, ShowWhatIsNotFiniteWhetherSeenOrRead) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const nlohmann::json line = {{"kind", "step"}, {"step", 20}, {"loss", nan}};
  const std::string expected = scalars(kNow, 20, {{"train/loss", nan}});
  EXPECT_EQ(MetricsEvents(kNow).of_line(line), expected);
  EXPECT_EQ(MetricsEvents(kNow).of_text(line.dump() + "\n"), expected);
}

TEST(MetricsEvents, OfAFilePassOverWhatIsNoLineOfNumbers) {
  const std::string text =
      "{\"kind\":\"step\",\"step\":1,\"lr\":1}\n[]\n\n{}\n"
      "{\"kind\":\"rollback\",\"step\":1,\"number\":1}\n"
      "{\"kind\":\"step\",\"step\":\"x\",\"lr\":1}\n{\"kind\":3,\"step\":2,\"lr\":1}\n"
      "{\"kind\":\"step\",\"step\":2,\"lr\":\"x\"}\n{\"kind\":\"step\",\"step\":3,\"lr\":2}\n"
      "{\"kind\":\"step\",\"st";
  EXPECT_EQ(MetricsEvents(kNow).of_text(text),
            scalars(kNow, 1, {{"lr", 1}}) + scalars(kNow, 3, {{"lr", 2}}));
  EXPECT_EQ(MetricsEvents(kNow).of_text(""), "");
}

}  // namespace
}  // namespace lockstep
