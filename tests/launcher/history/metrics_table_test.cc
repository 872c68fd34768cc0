#include "launcher/history/metrics_table.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::ElementsAre;

MetricsTable made_table() {
  MetricsTable table;
  table.add({{"step", 1}, {"loss", 0.5}, {"kind", "step"}});
  table.add({{"step", 2}, {"loss", nullptr}, {"late", 7.0}});
  table.add({{"step", 3}});
  table.add({{"step", 4}, {"loss", 2}});
  return table;
}

TEST(MetricsTable, HasTheNumbersOfEachLine) {
  const MetricsTable table = made_table();
  EXPECT_EQ(table.size(), 4u);
  EXPECT_THAT(table.keys(), ElementsAre("late", "loss", "step"));
  EXPECT_EQ(table.cell(0, "loss"), 0.5);
  EXPECT_TRUE(std::isnan(table.cell(1, "loss").value())) << "null";
  EXPECT_EQ(table.cell(2, "loss"), std::nullopt);
  EXPECT_EQ(table.cell(3, "loss"), 2);
  EXPECT_EQ(table.cell(0, "late"), std::nullopt);
  EXPECT_EQ(table.cell(1, "late"), 7);
  EXPECT_EQ(table.cell(2, "late"), std::nullopt);
  EXPECT_EQ(table.cell(0, "kind"), std::nullopt);
  EXPECT_TRUE(table.column("step")->is_whole());
  EXPECT_FALSE(table.column("loss")->is_whole());
}

TEST(MetricsTable, KnowsHowManyLinesAreTheSame) {
  const MetricsTable table = made_table();
  EXPECT_EQ(table.same_lines(made_table()), 4u);
  MetricsTable longer = made_table();
  longer.add({{"step", 5}});
  EXPECT_EQ(table.same_lines(longer), 4u);
  MetricsTable other;
  other.add({{"step", 1}, {"loss", 0.5}});
  other.add({{"step", 2}, {"loss", nullptr}});
  EXPECT_EQ(table.same_lines(other), 1u) << "it has no 'late'";
}

}  // namespace
}  // namespace lockstep
