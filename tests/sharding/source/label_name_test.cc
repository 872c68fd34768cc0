#include "sharding/source/label_name.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(LabelName, IsTrimmedOfAllWhiteSpaceAndInNormalFormC) {
  EXPECT_EQ(clean_name(" \t a b\r\n"), "a b");
  EXPECT_EQ(clean_name("\xc2\xa0\xef\xbb\xbf"
                       "a\xe3\x80\x80"),
            "a");
  EXPECT_EQ(clean_name("Cafe\xcc\x81"), "Caf\xc3\xa9");
  EXPECT_EQ(clean_name("Caf\xc3\xa9"), "Caf\xc3\xa9");
  EXPECT_EQ(clean_name(" caf\xe9 "), "caf\xe9") << "not UTF-8";
  EXPECT_EQ(clean_name(" \xe3\x80\x80 "), "");
}

TEST(LabelName, WithoutCaseIsThatOfUnicode) {
  EXPECT_EQ(without_case("STRASSE"), without_case("Stra\xc3\x9f"
                                                  "e"));
  EXPECT_EQ(without_case("\xc3\x89"), without_case("e\xcc\x81"));
  EXPECT_NE(without_case("a"), without_case("b"));
}

TEST(LabelName, MissingValuesAreThoseOfPandasInTheirCase) {
  for (const char* text : {"", "nan", "NaN", "None", "NA", "N/A", "null", "NULL", "<NA>"}) {
    EXPECT_TRUE(is_missing_value(text)) << text;
  }
  for (const char* text : {"none", "na", "Nan", "0", "unknown", "-"}) {
    EXPECT_FALSE(is_missing_value(text)) << text;
  }
}

}  // namespace
}  // namespace lockstep
