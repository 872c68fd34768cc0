#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/listing/idx_listing.h"
#include "sharding/listing/open_source.h"
#include "sharding/write/source_scan.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

constexpr const char* kImages = "train-images-idx3-ubyte";
constexpr const char* kLabels = "train-labels-idx1-ubyte";

void expect_data_error(const std::filesystem::path& directory,
                       const std::vector<std::string>& words) {
  expect_error(ExitCode::data, words,
               [&] { scan_source(*source_of(directory), {.jobs = 2, .progress = {}}); });
}

TEST(IdxSource, GivesImagesAndLabelsInTheirOrder) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 100);
  write_idx_split(directory.path(), "t10k", 20);
  const auto source = source_of(directory.path());
  EXPECT_THAT(source->classes(), testing::ElementsAre("0", "1", "2"));
  std::vector<std::string> names;
  const std::string images = read_text(directory / kImages);
  scan_source(*source, {.jobs = 3, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                if (split.name == "valid") return;
                const std::size_t id = names.size();
                EXPECT_EQ(sample.label, static_cast<std::int64_t>(id % 3));
                EXPECT_EQ(sample.record.height, 4u);
                EXPECT_EQ(sample.record.width, 3u);
                EXPECT_EQ(sample.record.channels, 1);
                EXPECT_EQ(std::string(reinterpret_cast<const char*>(sample.bytes.data()), 12),
                          images.substr(16 + id * 12, 12));
                names.push_back(sample.source);
              });
  ASSERT_EQ(names.size(), 100u);
  EXPECT_EQ(names[99], "train-images-idx3-ubyte#99");
}

TEST(IdxSource, GzipAndPlainAreTheSameInput) {
  const TemporaryDirectory plain;
  const TemporaryDirectory packed;
  write_idx_split(plain.path(), "train", 50);
  write_text(packed / (std::string(kImages) + ".gz"), gzip(read_text(plain / kImages)));
  write_text(packed / (std::string(kLabels) + ".gz"), gzip(read_text(plain / kLabels)));
  EXPECT_EQ(scan_source(*source_of(plain.path()), {.progress = {}}).digest,
            scan_source(*source_of(packed.path()), {.progress = {}}).digest);
}

TEST(IdxSource, WithoutTenThousandThereIsNoValidationSplit) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 5);
  EXPECT_EQ(source_of(directory.path())->splits().size(), 1u);
}

TEST(IdxSource, NamesMayHaveADotAndAPart) {
  const TemporaryDirectory plain;
  write_idx_split(plain.path(), "train", 50);
  write_idx_split(plain.path(), "t10k", 10);
  const auto digest = [](const TemporaryDirectory& directory) {
    const auto source = source_of(directory.path());
    EXPECT_EQ(source->splits().size(), 2u);
    return scan_source(*source, {.progress = {}}).digest;
  };
  const TemporaryDirectory dotted;
  const TemporaryDirectory part;
  for (const auto& [name, bytes] : read_directory(plain.path())) {
    std::string with_dot = name;
    with_dot[with_dot.find("-idx")] = '.';
    write_text(dotted / with_dot, bytes);
    std::string of_part = "emnist-letters-" + name + ".gz";
    if (const auto at = of_part.find("t10k"); at != std::string::npos)
      of_part.replace(at, 4, "test");
    write_text(part / of_part, gzip(bytes));
  }
  digest(dotted);
  digest(part);
  const TemporaryDirectory mixed;
  for (const auto& [name, bytes] : read_directory(part.path())) {
    std::string other = name;
    if (name.find("labels") != std::string::npos) other = "other-" + name;
    write_text(mixed / other, bytes);
  }
  expect_data_error(mixed.path(), {"are of two sets"});
  write_text(part / "emnist-digits-train-images-idx3-ubyte", "");
  expect_data_error(part.path(), {"are both there", "one set of files in a folder"});
}

TEST(IdxSource, SplitsByFractionAreReadOutOfTheStream) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 60);
  const std::string images = read_text(directory / kImages);
  std::map<std::string, std::size_t> counts;
  SourceOptions options = source_at(directory.path(), 0.2);
  options.test_fraction = 0.1;
  const auto source = open_source(options);
  scan_source(*source, {.jobs = 2, .progress = {}},
              [&](const PackSource::Split& split, const SourceSample& sample) {
                ++counts[split.name];
                const std::size_t row = std::stoul(sample.source.substr(24));
                EXPECT_EQ(sample.label, static_cast<std::int64_t>(row % 3)) << sample.source;
                EXPECT_EQ(std::string(reinterpret_cast<const char*>(sample.bytes.data()), 12),
                          images.substr(16 + row * 12, 12));
              });
  EXPECT_EQ(counts,
            (std::map<std::string, std::size_t>{{"train", 42}, {"valid", 12}, {"test", 6}}));

  write_idx_split(directory.path(), "t10k", 5);
  expect_error(ExitCode::usage, {"own split 'valid'"}, [&] { source_of(directory.path(), 0.1); });
}

TEST(IdxSource, MissingLabelsAreNamed) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 5);
  std::filesystem::remove(directory / kLabels);
  expect_data_error(directory.path(), {kLabels});
}

TEST(IdxSource, ForeignAndImpossibleHeadersAreErrors) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 5);
  const auto with_images = [&](std::string_view bytes, const std::vector<std::string>& words) {
    write_text(directory / kImages, bytes);
    expect_data_error(directory.path(), words);
  };
  with_images(idx_bytes(0x801, {5}, "01234"), {kImages, "grey 8-bit images", "0x00000801"});
  with_images("GIF89a, and no IDX at all", {kImages, "not an IDX file"});
  with_images("", {kImages, "too early"});
  with_images(idx_bytes(0x803, {5}, ""), {kImages, "too early"});
  with_images(idx_bytes(0x803, {5, 0, 3}, ""), {kImages, "0 x 3"});
  with_images(idx_bytes(0x803, {5, 0xffffffff, 0xffffffff}, ""), {kImages, "4294967295"});
  with_images(idx_bytes(0x803, {0, 4, 3}, ""), {kImages, "0 images"});
  with_images(idx_bytes(0x803, {6, 4, 3}, std::string(72, 'x')), {"6 images", "5 labels"});
  with_images(idx_bytes(0x803, {5, 4, 3}, std::string(59, 'x')), {kImages, "1 bytes too early"});
  with_images(idx_bytes(0x803, {5, 4, 3}, std::string(61, 'x')), {kImages, "more bytes"});
}

TEST(IdxSource, LabelsThatLieAboutTheirNumberTakeNoMemory) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 5);
  write_text(directory / kLabels, idx_bytes(0x801, {0xffffffff}, "01234"));
  expect_data_error(directory.path(), {kLabels, "4294967295 labels"});
}

TEST(IdxSource, AValidationLabelThatTrainingLacksIsNamed) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 5);
  write_idx_split(directory.path(), "t10k", 2);
  write_text(directory / "t10k-labels-idx1-ubyte", idx_bytes(0x801, {2}, {"\1\7", 2}));
  expect_data_error(directory.path(), {"t10k-images-idx3-ubyte#1", "class '7'"});
}

TEST(IdxSource, ATruncatedGzipIsAnErrorWhereverItEnds) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 40);
  const std::string packed = gzip(read_text(directory / kImages));
  std::filesystem::remove(directory / kImages);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    write_text(directory / (std::string(kImages) + ".gz"), packed.substr(0, size));
    expect_data_error(directory.path(), {kImages});
  }
}

TEST(IdxSource, AFlippedGzipIsAnErrorOrTheSameInput) {
  const TemporaryDirectory directory;
  write_idx_split(directory.path(), "train", 40);
  const std::string digest = scan_source(*source_of(directory.path()), {.progress = {}}).digest;
  const std::string packed = gzip(read_text(directory / kImages));
  std::filesystem::remove(directory / kImages);
  std::size_t errors = 0;
  for (std::size_t at = 0; at < packed.size(); ++at) {
    std::string flipped = packed;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    write_text(directory / (std::string(kImages) + ".gz"), flipped);
    try {
      EXPECT_EQ(scan_source(*source_of(directory.path()), {.progress = {}}).digest, digest);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data) << error.what();
      ++errors;
    }
  }
  // The header's date and system, and bits that fill the last byte up, say nothing of the data.
  EXPECT_GE(errors + 12, packed.size());
}

TEST(IdxSource, AFewBytesThatUnpackToAMillionImagesTakeNoMemory) {
  const TemporaryDirectory root;
  const std::uint32_t count = 1'000'000;
  write_text(root / "train-images-idx3-ubyte.gz",
             gzip(idx_bytes(0x803, {count, 1, 1}, std::string(count, '0'))));
  write_text(root / "train-labels-idx1-ubyte.gz",
             gzip(idx_bytes(0x801, {count}, std::string(count, '0'))));
  expect_error(ExitCode::data, {"train-images-idx3-ubyte", "claims 1000000 images"},
               [&] { source_of(root.path()); });
}

TEST(IdxSource, AHeaderThatClaimsMoreThanTheFileHoldsTakesNoMemory) {
  for (const bool packed : {false, true}) {
    for (const std::vector<std::uint32_t>& shape :
         {std::vector<std::uint32_t>{1, 9'000, 9'000}, {1u << 31, 28, 28}}) {
      const TemporaryDirectory root;
      const std::string images = idx_bytes(0x803, shape, "0123456789");
      write_text(root / (packed ? "train-images-idx3-ubyte.gz" : "train-images-idx3-ubyte"),
                 packed ? gzip(images) : images);
      write_text(root / "train-labels-idx1-ubyte", idx_bytes(0x801, {shape[0]}, "0"));
      expect_error(ExitCode::data, {"train-images-idx3-ubyte", "its header claims"},
                   [&] { source_of(root.path()); });
    }
  }
  const TemporaryDirectory root;
  write_text(root / "train-images-idx3-ubyte", idx_bytes(0x803, {1, 16'384, 16'384}, "0"));
  write_text(root / "train-labels-idx1-ubyte", idx_bytes(0x801, {1}, "0"));
  expect_error(ExitCode::data, {"train-images-idx3-ubyte", "too large"},
               [&] { source_of(root.path()); });
}

}  // namespace
}  // namespace lockstep
