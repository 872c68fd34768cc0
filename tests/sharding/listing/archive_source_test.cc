#include <fstream>

#include <gmock/gmock.h>

#include "sharding/listing/open_source.h"
#include "tests/sharding/archive_fixture.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kEndings[] = {".zip", ".tar", ".tar.gz", ".tgz", ".7z"};

class ArchiveSource : public testing::Test {
 protected:
  ArchiveSource() {
    unsigned seed = 0;
    for (const char* path : {"train/cat/a.png", "train/cat/b 1.png", "train/dog/é.png",
                             "train/dog/x/deep.png", "valid/cat/v.png", "valid/dog/v.png"}) {
      write_text(folder() / path, png_bytes(5, 4, 3, seed++));
    }
    write_text(folder() / "train/dog/empty.png", "");
    write_text(folder() / "train/dog/bad.jpg", "no image");
    write_text(folder() / "train/dog/old.gif", "GIF89a");
    write_text(folder() / "train/cat/.hidden.png", "x");
    write_text(folder() / "README.txt", "words");
  }

  fs::path folder() const { return root_ / "unpacked"; }

  /// The files of the pack that `options` make.
  FileContents pack(SourceOptions options) {
    const fs::path out = root_ / fmt::format("pack{}", packs_++);
    options.scratch = root_.path();
    write_pack(*open_source(options), writer_to(out));
    return read_directory(out);
  }

  void expect_same_pack(const SourceOptions& a, const SourceOptions& b) {
    const FileContents first = pack(a);
    EXPECT_EQ(first, pack(b)) << b.source;
    EXPECT_TRUE(first.contains("pack.json"));
  }

  TemporaryDirectory root_;
  int packs_ = 0;
};

TEST_F(ArchiveSource, EveryKindGivesThePackOfItsFolder) {
  const FileContents wanted = pack(source_at(folder()));
  EXPECT_THAT(wanted.at("rejected.csv"), HasSubstr("old.gif"));
  for (const char* ending : kEndings) {
    const fs::path archive = root_ / fmt::format("a{}", ending);
    write_archive(archive, entries_of(folder()));
    EXPECT_EQ(pack(source_at(archive)), wanted) << ending;
  }
}

TEST_F(ArchiveSource, EntriesOfFoldersAreNoImages) {
  ArchiveEntries entries = entries_of(folder());
  for (const char* name : {"train/", "train/cat/", "train/dog/", "valid/cat/"}) {
    entries.insert(entries.begin(), {name, ""});
  }
  write_archive(root_ / "a.zip", entries);
  write_archive(root_ / "a.tar", entries);
  SourceOptions options = source_at(folder() / "train");
  options.label_regex = "^([ad])[.e]";
  for (const fs::path& source : {root_ / "a.zip" / "train", root_ / "a.tar" / "train"}) {
    SourceOptions of_archive = options;
    of_archive.source = source;
    expect_same_pack(options, of_archive);
    EXPECT_EQ(open_source(of_archive)->notes(), open_source(options)->notes());
  }
}

TEST_F(ArchiveSource, SplitsByFractionAreTheSameAndAPackIsUpToDate) {
  write_archive(root_ / "a.tar", entries_of(folder() / "train"));
  SourceOptions archive = source_at(root_ / "a.tar", 0.3);
  archive.scratch = root_.path();
  expect_same_pack(source_at(folder() / "train", 0.3), archive);
  // Two scans through one source: what was given to the first is read again.
  const auto source = open_source(archive);
  EXPECT_EQ(write_pack(*source, writer_to(root_ / "p")).outcome, PackOutcome::written);
  EXPECT_EQ(write_pack(*source, writer_to(root_ / "p")).outcome, PackOutcome::unchanged);
}

TEST_F(ArchiveSource, AFolderInAnArchiveIsASource) {
  for (const char* ending : kEndings) {
    const fs::path archive = root_ / fmt::format("a{}", ending);
    write_archive(archive, entries_of(root_.path() / "unpacked"));
    expect_same_pack(source_at(folder() / "train"), source_at(archive / "train"));
    expect_error(ExitCode::data, {"holds no folder 'trian'"},
                 [&] { source_of(archive / "trian"); });
  }
}

TEST_F(ArchiveSource, ArchivesInAnArchiveAreFolders) {
  const ArchiveEntries train = entries_of(folder() / "train");
  const ArchiveEntries valid = entries_of(folder() / "valid");
  fs::remove(folder() / "README.txt");
  for (const char* inner : {".zip", ".tar", ".7z"}) {
    for (const char* outer : {".zip", ".tar.gz"}) {
      const fs::path archive = root_ / fmt::format("n{}", outer);
      write_archive(archive, {{fmt::format("valid{}", inner), archive_bytes(inner, valid)},
                              {fmt::format("train{}", inner), archive_bytes(inner, train)}});
      expect_same_pack(source_at(folder()), source_at(archive));
      expect_same_pack(source_at(folder() / "train"), source_at(archive / "train"));
      expect_same_pack(source_at(folder() / "train"),
                       source_at(archive / fmt::format("train{}", inner)));
    }
  }
}

TEST_F(ArchiveSource, AFolderOfArchivesIsTheFolderOfTheirs) {
  fs::remove(folder() / "README.txt");
  write_archive(root_ / "set/train.tar", entries_of(folder() / "train"));
  write_archive(root_ / "set/valid.zip", entries_of(folder() / "valid"));
  write_text(root_ / "set/notes.txt", "words");
  expect_same_pack(source_at(folder()), source_at(root_ / "set"));
}

TEST_F(ArchiveSource, ATableIsBesideItOrInIt) {
  write_text(folder() / "train/labels.csv", "id,breed\ncat/a,x\ncat/b 1,y\nno/file,x\n");
  SourceOptions wanted = source_at(folder() / "train/labels.csv");
  wanted.label_columns = {"breed"};
  wanted.path_suffix = ".png";
  write_archive(root_ / "t.zip", entries_of(folder() / "train"));
  SourceOptions inside = wanted;
  inside.source = root_ / "t.zip/labels.csv";
  expect_same_pack(wanted, inside);
  SourceOptions beside = wanted;
  beside.source = root_ / "t.zip";
  beside.table = folder() / "train/labels.csv";
  expect_same_pack(wanted, beside);
  beside.table = root_ / "t.zip/labels.csv";
  expect_same_pack(wanted, beside);
}

TEST_F(ArchiveSource, NamesThatLeadOutAreRefused) {
  for (const char* name : {"../a.png", "cat/../../a.png", "/etc/a.png", "cat/.."}) {
    write_archive(root_ / "a.tar", {{"cat/ok.png", png_bytes(2, 2, 3, 0)}, {name, "x"}});
    expect_error(ExitCode::data, {"a.tar", "such an archive is not read"},
                 [&] { source_of(root_ / "a.tar"); });
  }
}

TEST_F(ArchiveSource, LinksAreLeftOutAndCounted) {
  write_archive(root_ / "a.tar", {{"cat/ok.png", png_bytes(2, 2, 3, 0)},
                                  {"cat/passwd.png -> /etc/passwd", ""},
                                  {"cat/up.png -> ../../x", ""}});
  const auto source = source_of(root_ / "a.tar");
  EXPECT_THAT(list_samples(*source), ElementsAre("train: cat/ok.png = cat"));
  EXPECT_THAT(source->notes(),
              testing::Contains(HasSubstr("left out 2 entries of the archive: link")));
}

TEST_F(ArchiveSource, TwoEntriesOfOneNameAreRefused) {
  write_archive(root_ / "a.tar", {{"cat/a.png", "x"}, {"./cat//a.png", "y"}});
  expect_error(ExitCode::data, {"two entries 'cat/a.png'"}, [&] { source_of(root_ / "a.tar"); });
  write_archive(root_ / "b.tar", {{"cat/a", "x"}, {"cat/a/b.png", "y"}});
  expect_error(ExitCode::data, {"both a file and a folder 'cat/a'"},
               [&] { source_of(root_ / "b.tar"); });
}

TEST_F(ArchiveSource, WhatIsCutShortOrDamagedIsAnError) {
  for (const char* ending : kEndings) {
    const fs::path archive = root_ / fmt::format("a{}", ending);
    write_archive(archive, entries_of(folder()));
    const std::string whole = read_text(archive);
    for (const std::size_t size :
         {std::size_t{1}, whole.size() / 3, whole.size() / 2, whole.size() - 1024 % whole.size()}) {
      write_text(archive, whole.substr(0, std::min(size, whole.size() - 1)));
      EXPECT_THROW(pack(source_at(archive)), Error) << ending << " " << size;
    }
  }
}

TEST_F(ArchiveSource, AZipIsWhatItsDirectorySays) {
  const fs::path archive = root_ / "a.zip";
  write_archive(archive,
                {{"cat/a.png", png_bytes(2, 2, 3, 0)}, {"cat/b.png", png_bytes(2, 2, 3, 1)}});
  const std::string whole = read_text(archive);
  for (const std::size_t cut : {1u, 10u, 22u, 60u}) {
    write_text(archive, whole.substr(0, whole.size() - cut));
    expect_error(ExitCode::data, {"a.zip", "cut short"}, [&] { source_of(archive); });
  }
  // Both entries of the directory lead to the same file.
  constexpr std::string_view kEntry("PK\1\2");
  constexpr std::size_t kPlaceAt = 42, kPlaceLength = 4;
  const std::size_t first = whole.find(kEntry), second = whole.find(kEntry, first + 1);
  std::string same = whole;
  same.replace(second + kPlaceAt, kPlaceLength, whole, first + kPlaceAt, kPlaceLength);
  write_text(archive, same);
  expect_error(ExitCode::data, {"says that it has 2 entries, and 1 can be read"},
               [&] { source_of(archive); });
  write_text(archive, whole);
  EXPECT_EQ(list_samples(*source_of(archive)).size(), 2u);
}

TEST_F(ArchiveSource, ATarCutBetweenEntriesIsAnError) {
  write_archive(root_ / "a.tar", {{"cat/a.png", png_bytes(2, 2, 3, 0)}, {"cat/b.png", "x"}});
  const std::string whole = read_text(root_ / "a.tar");
  write_text(root_ / "a.tar", whole.substr(0, 1024));
  expect_error(ExitCode::data, {"cut short"}, [&] { source_of(root_ / "a.tar"); });
}

TEST_F(ArchiveSource, AnImageThatIsTooLargeIsRejectedAsInAFolder) {
  std::string large = png_bytes(2, 2, 3, 0);
  large.resize((64 << 20) + 1);
  write_text(root_ / "f/cat/large.png", large);
  write_text(root_ / "f/cat/a.png", png_bytes(2, 2, 3, 1));
  write_archive(root_ / "f.tar.gz", entries_of(root_ / "f"));
  expect_same_pack(source_at(root_ / "f"), source_at(root_ / "f.tar.gz"));
  EXPECT_THAT(list_faults(*source_of(root_ / "f.tar.gz")),
              ElementsAre(HasSubstr("67108865 bytes")));
}

/// A .tar.gz of a few megabytes with one entry of `blocks` times 100 MiB of zeros: gzip files one
/// after the other are one.
std::string bomb(const std::string& entry, std::size_t blocks) {
  constexpr std::size_t kBlock = std::size_t{100} << 20, kTarBlock = 512;
  const std::string zeros(kBlock, '\0'), packed = gzip(zeros);
  std::string header = archive_bytes(".tar", {{entry, ""}}).substr(0, kTarBlock);
  constexpr std::size_t kSizeAt = 124, kSizeDigits = 11, kSumAt = 148, kSumLength = 8;
  header.replace(kSizeAt, kSizeDigits, fmt::format("{:011o}", blocks * kBlock));
  header.replace(kSumAt, kSumLength, kSumLength, ' ');
  unsigned sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  header.replace(kSumAt, kSumLength - 1, fmt::format("{:06o}", sum) + '\0');
  std::string result = gzip(header);
  for (std::size_t i = 0; i < blocks; ++i) result += packed;
  return result + gzip(std::string(2 * kTarBlock, '\0'));
}

TEST_F(ArchiveSource, WhatIsMadeToFillDisksIsRefusedWherever) {
  const std::string small = bomb("cat/a.jpg", 80);
  ASSERT_LT(small.size(), 10u << 20);
  write_text(root_ / "a.tar.gz", small);
  write_archive(root_ / "outer.zip", {{"train.tar.gz", small}});
  for (const char* name : {"a.tar.gz", "outer.zip"}) {
    expect_error(ExitCode::data, {std::string("/") + name, "made to fill disks"},
                 [&] { source_of(root_ / name); });
  }
}

}  // namespace
}  // namespace lockstep
