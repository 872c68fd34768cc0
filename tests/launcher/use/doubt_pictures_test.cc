// The page of `relabel --pictures`.

#include "launcher/use/doubt_pictures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DoubtPictures, AreTheSurestAndTellHowManyMoreThereAre) {
  const std::vector<LabelDoubt> doubts = {{2, 0, 1, 0.9f, 0.05f}, {0, 1, 0, 0.6f, 0.4f}};
  const std::vector<std::string> paths = {"a.png", "b.png", "c.png"}, classes = {"cat", "dog"};
  const DoubtPictures content{{}, doubts, paths, classes};

  const Gallery one = doubts_gallery(content, 1);
  EXPECT_EQ(one.title, "2 labels to look at");
  EXPECT_THAT(one.note, HasSubstr("1 are here, and 1 more in the table"));
  ASSERT_EQ(one.items.size(), 1u);
  EXPECT_EQ(one.items[0].source, "c.png");
  ASSERT_EQ(one.items[0].caption.size(), 2u);
  EXPECT_EQ(one.items[0].caption[0].text + " " + one.items[0].caption[0].note, "cat 5.0 %");
  EXPECT_EQ(one.items[0].caption[1].text + " " + one.items[0].caption[1].note, "dog 90.0 %");

  const Gallery all = doubts_gallery(content, 2);
  EXPECT_EQ(all.items.size(), 2u);
  EXPECT_THAT(all.note, Not(HasSubstr("more in the table")));
}

TEST(DoubtPictures, OfNoDoubtSaySo) {
  const DoubtPictures content{{}, {}, {}, {}};
  EXPECT_THAT(doubts_gallery(content, 9).note, HasSubstr("doubts none"));
}

}  // namespace
}  // namespace lockstep
