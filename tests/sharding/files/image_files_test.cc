#include "sharding/files/image_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> ids_of(const std::vector<ImageFiles::File>& files) {
  std::vector<std::string> ids;
  for (const ImageFiles::File& file : files) ids.push_back(file.id);
  return ids;
}

TEST(ImageFiles, OfAFolderComeInBytewiseOrderAndOthersAsTheyAreGiven) {
  const TemporaryDirectory root;
  for (const char* name : {"b.png", "a/2.png", "a/10.png", ".hidden.png"}) {
    write_text(root / name, png_bytes(2, 2, 3, 0));
  }
  write_text(root / "c.gif", "GIF89a");
  write_text(root / "notes.txt", "x");
  std::vector<std::string> notes;
  EXPECT_THAT(ids_of(list_image_files({root.path()}, notes)),
              ElementsAre("a/10.png", "a/2.png", "b.png", "c.gif"));
  EXPECT_THAT(notes, testing::Contains(HasSubstr("notes.txt")));
  EXPECT_THAT(ids_of(list_image_files({root / "b.png", root / "a"}, notes)),
              ElementsAre((root / "b.png").string(), "10.png", "2.png"));
  const TemporaryDirectory empty;
  expect_error(ExitCode::usage, {"holds no image"},
               [&] { list_image_files({empty.path()}, notes); });
}

TEST(ImageFiles, ThatAreNamedMustBeThere) {
  const TemporaryDirectory root;
  write_text(root / "a.png", png_bytes(2, 2, 3, 0));
  std::filesystem::create_symlink("gone.png", root / "link.png");
  std::vector<std::string> notes;
  for (const char* name : {"nowhere.png", "fotos", "list.csv", "a.png/b"}) {
    expect_error(ExitCode::usage, {"there is no", name}, [&] {
      list_image_files({root / "a.png", root / name}, notes);
    });
  }
  write_text(root / "images.zip", "PK");
  expect_error(ExitCode::usage, {"images.zip", "is an archive", "lockstep pack"},
               [&] { list_image_files({root / "images.zip"}, notes); });
  EXPECT_EQ(list_image_files({root / "link.png"}, notes).size(), 1u)
      << "its row says what is wrong";
}

TEST(ImageFiles, AreReadAsAPackWouldHoldThem) {
  const TemporaryDirectory root;
  write_text(root / "0.png", png_bytes(4, 3, 3, 1));
  write_text(root / "1.jpg", jpeg_bytes(5, 4, 1, 2));
  write_text(root / "2.png", "<html>");
  write_text(root / "3.png", "");
  write_text(root / "table.csv", "path\n4.png\n");
  std::vector<std::string> notes;
  const ImageFiles files(list_image_files({root.path(), root / "table.csv"}, notes));
  ASSERT_EQ(files.size(), 5u);
  Sample sample;
  files.read(0, sample);
  EXPECT_EQ(to_text(sample.bytes), read_text(root / "0.png"));
  EXPECT_EQ(sample.record.width, 3u);
  files.read(1, sample);
  EXPECT_EQ(to_text(sample.bytes), read_text(root / "1.jpg"));
  expect_error(ExitCode::data, {"not an image: an HTML page"}, [&] { files.read(2, sample); });
  expect_error(ExitCode::data, {"empty file"}, [&] { files.read(3, sample); });
  expect_error(ExitCode::data, {"missing file"}, [&] { files.read(4, sample); });
}

}  // namespace
}  // namespace lockstep
