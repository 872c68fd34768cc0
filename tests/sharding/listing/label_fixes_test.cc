#include "sharding/fixes/label_fixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class LabelFixes : public testing::Test {
 protected:
  LabelFixes() {
    for (const char* name : {"cat/1.png", "cat/2.png", "dog/3.png"}) {
      write_text(root_ / "images" / name, png_bytes(2, 2, 3, static_cast<unsigned>(name[4])));
    }
  }

  std::unique_ptr<PackSource> open(const std::string& fixes) {
    write_text(root_ / "fix.csv", fixes);
    SourceOptions options = source_at(root_ / "images");
    options.fix = root_ / "fix.csv";
    return open_source(options);
  }

  TemporaryDirectory root_;
};

TEST_F(LabelFixes, CorrectByPathAndTellWhatFitsNothing) {
  const auto source = open(
      "probability,Path,label,given\n"
      "1,cat/2.png,dog,cat\n"
      "1,dog/3.png,cat,mouse\n"
      "1,cat/9.png,dog,cat\n"
      "1,cat/1.png,cat,dog\n");
  EXPECT_THAT(list_samples(*source), testing::UnorderedElementsAre(HasSubstr("cat/1.png = cat"),
                                                                   HasSubstr("cat/2.png = dog"),
                                                                   HasSubstr("dog/3.png = dog")));
  EXPECT_THAT(source->notes(),
              Contains("--fix: 1 label is corrected, 1 is so already, and 1 is not found"));
  EXPECT_THAT(source->notes(), Contains("--fix: 1 of its paths are not in the source: cat/9.png"));
  EXPECT_THAT(source->notes(), Contains(HasSubstr("and stay: dog/3.png")));
  EXPECT_TRUE(source->options().contains("fix"));
  EXPECT_FALSE(open("path,label\n")->options().contains("fix"));
}

TEST_F(LabelFixes, WithoutSenseAreRefused) {
  expect_error(ExitCode::usage, {"fix.csv", "the columns path and label"},
               [&] { open("file,label\n"); });
  expect_error(ExitCode::usage, {"'dgo' is no class of the source; did you mean 'dog'"},
               [&] { open("path,label\ncat/1.png,dgo\n"); });
  expect_error(ExitCode::usage, {"two labels for 'cat/1.png'"},
               [&] { open("path,label\ncat/1.png,dog\ncat/1.png,cat\n"); });
}

}  // namespace
}  // namespace lockstep
