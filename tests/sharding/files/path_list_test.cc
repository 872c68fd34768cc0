#include "sharding/files/path_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

std::vector<std::string> texts_of(const std::vector<ListedFile>& files,
                                  const std::filesystem::path& root) {
  std::vector<std::string> texts;
  for (const ListedFile& file : files) {
    texts.push_back(file.id + " = " + file.path.lexically_relative(root).string());
  }
  return texts;
}

TEST(PathList, OfATableHasAFileForEachRow) {
  const TemporaryDirectory root;
  for (const char* name : {"images/1.jpg", "images/2.png", "3.jpg"}) write_text(root / name, "x");
  write_text(root / "t.csv", "id,label\nimages/1,a\nimages\\2.png,b\nnone,c\n\"3\",d\n");
  EXPECT_THAT(texts_of(read_path_table(root / "t.csv", {}), root.path()),
              testing::ElementsAre("images/1 = images/1.jpg", "images\\2.png = images/2.png",
                                   "none = none", "3 = 3.jpg"));
  write_text(root / "u.tsv", "x\ty\n1\t2\n");
  expect_error(ExitCode::usage, {"which column has the files"},
               [&] { read_path_table(root / "u.tsv", {}); });
  EXPECT_THAT(texts_of(read_path_table(root / "u.tsv",
                                       {.path_column = "y", .prefix = "images/", .suffix = ".png"}),
                       root.path()),
              testing::ElementsAre("2 = images/2.png"));
  write_text(root / "empty.csv", "path\n");
  expect_error(ExitCode::data, {"empty.csv", "no rows"},
               [&] { read_path_table(root / "empty.csv", {}); });
}

TEST(PathList, OfLinesHasAFileForEach) {
  const TemporaryDirectory root;
  write_text(root / "lines", "a b.jpg\r\n\n/c.png");
  std::vector<std::string> ids;
  for (const ListedFile& file : read_path_lines({.standard_input = root / "lines"})) {
    EXPECT_EQ(file.id, file.path);
    ids.push_back(file.id);
  }
  EXPECT_THAT(ids, testing::ElementsAre("a b.jpg", "/c.png"));
  write_text(root / "lines", "\n");
  expect_error(ExitCode::usage, {"nothing came"},
               [&] { read_path_lines({.standard_input = root / "lines"}); });
}

}  // namespace
}  // namespace lockstep
