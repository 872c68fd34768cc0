#include "launcher/answers/label_doubts.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(LabelDoubts, NeedAsMuchAsTheModelUsuallyGivesToThatClass) {
  LabelDoubts doubts(2);
  doubts.add(0, 0, std::vector<float>{0.9f, 0.1f});
  doubts.add(1, 1, std::vector<float>{0.4f, 0.6f});    // of class 1 it is never surer
  doubts.add(2, 0, std::vector<float>{0.3f, 0.7f});    // so this is sure
  doubts.add(3, 1, std::vector<float>{0.58f, 0.42f});  // the mean of class 0 is 0.6
  doubts.add(4, 1, std::vector<float>{0.55f, 0.45f});
  const std::vector<LabelDoubt> found = doubts.find();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].sample, 2u);
  EXPECT_EQ(found[0].given, 0u);
  EXPECT_EQ(found[0].label, 1u);
  EXPECT_TRUE(doubts.find(0.71).empty());
  EXPECT_EQ(doubts.find(0.55).size(), 3u) << "whatever the means are";
  EXPECT_EQ(doubts_to_csv(found, {"0", "1", "x,y", "3", "4"}, {"cat", "dog"}),
            "path,label,given,probability,given_probability\r\n\"x,y\",dog,cat,0.7,0.3\r\n");
}

TEST(LabelDoubts, TheSurestComeFirst) {
  LabelDoubts doubts(2);
  doubts.add(0, 1, std::vector<float>{0.8f, 0.2f});
  doubts.add(1, 1, std::vector<float>{0.9f, 0.1f});
  doubts.add(2, 1, std::vector<float>{0.9f, 0.1f});
  EXPECT_TRUE(doubts.find().empty()) << "no image is labelled so: nothing is known of the class";
  doubts.add(3, 0, std::vector<float>{0.7f, 0.3f});
  std::vector<std::uint64_t> order;
  for (const LabelDoubt& doubt : doubts.find()) order.push_back(doubt.sample);
  EXPECT_EQ(order, (std::vector<std::uint64_t>{1, 2, 0}));
}

}  // namespace
}  // namespace lockstep
