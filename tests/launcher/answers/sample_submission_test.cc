#include "launcher/answers/sample_submission.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Sample : public testing::Test {
 protected:
  SampleSubmission read(const std::string& text) {
    std::ofstream(root_ / "sample.csv", std::ios::binary) << text;
    return read_sample_submission(root_ / "sample.csv");
  }

  TemporaryDirectory root_;
};

TEST_F(Sample, KeepsTheBytesOfItsHeader) {
  const SampleSubmission sample = read("\xef\xbb\xbf\"id\", b ,a\r\nx,0.1,0.9\r\ny,0.2,0.8");
  EXPECT_EQ(sample.header, "\xef\xbb\xbf\"id\", b ,a");
  EXPECT_EQ(sample.line_end, "\r\n");
  EXPECT_THAT(sample.columns, ElementsAre("b", "a"));
  EXPECT_THAT(sample.ids, ElementsAre("x", "y"));
  EXPECT_THAT(sample.values[1], ElementsAre("0.2", "0.8"));
  EXPECT_EQ(read("id,label").line_end, "\n");
}

TEST_F(Sample, WithoutSenseIsRefused) {
  const auto refuse = [&](const std::string& text) {
    return message_of(ExitCode::usage, [&] { read(text); });
  };
  EXPECT_THAT(refuse(""), HasSubstr("at least two columns"));
  EXPECT_THAT(refuse("id\n1\n"), HasSubstr("at least two columns"));
  EXPECT_THAT(refuse("id,a\n1\n"), HasSubstr("line 2 has 1 fields"));
  EXPECT_THAT(refuse("id,a\n1,2\n1,3\n"), HasSubstr("two rows with the id '1'"));
}

TEST_F(Sample, RowsFindTheirImagesByTheFormThatFindsMost) {
  const SampleSubmission sample = read("id,a\n2,0\n1,0\n9,0\n");
  const std::vector<std::string> paths{"test/1.jpg", "test/2.jpg", "test/3.jpg"};
  const MatchedRows rows = match_rows(sample, paths, std::nullopt);
  EXPECT_EQ(rows.form, IdForm::stem);
  EXPECT_THAT(rows.images, ElementsAre(1, 0, std::nullopt));
  EXPECT_EQ(rows.missing, 1u);
  EXPECT_EQ(rows.unused, 1u);
  EXPECT_THAT(
      message_of(ExitCode::usage, [&] { match_rows(sample, paths, IdForm::name); }),
      HasSubstr("no image has an id of the sample: the sample's first is '2', the first image is"));
  EXPECT_THAT(message_of(ExitCode::usage,
                         [&] {
                           match_rows(sample, {"a/1.jpg", "b/1.jpg"}, std::nullopt);
                         }),
              HasSubstr("several images have the id '1'"));
}

}  // namespace
}  // namespace lockstep
