#include "core/suggest.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(EditDistance, CountsTheFewestEdits) {
  EXPECT_EQ(edit_distance("", ""), 0);
  EXPECT_EQ(edit_distance("abc", ""), 3);
  EXPECT_EQ(edit_distance("", "ab"), 2);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("trian", "train"), 1);  // neighbours swapped
  EXPECT_EQ(edit_distance("ca", "abc"), 3);       // optimal string alignment, not Damerau's 2
}

TEST(DidYouMean, NamesTheNearestOrNothing) {
  const std::vector<std::string> commands = {"pack", "inspect", "train", "eval"};
  EXPECT_EQ(did_you_mean("trian", commands), "; did you mean 'train'?");
  EXPECT_EQ(did_you_mean("evl", commands), "; did you mean 'eval'?");
  EXPECT_EQ(did_you_mean("xylophone", commands), "");
  EXPECT_EQ(did_you_mean("", commands), "");
}

}  // namespace
}  // namespace lockstep
