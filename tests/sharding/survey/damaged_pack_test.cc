// Whatever byte of a pack is another one, what reads it says so or gives the same: no command hands
// HDF5 bytes that were not verified.

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sharding/survey/duplicates.h"
#include "sharding/survey/pack_samples.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;

/// All that inspection and training read, as text.
std::string read_all(const fs::path& directory) {
  const Pack pack(directory);
  const PackSamples samples(pack);
  std::string text;
  Sample sample;
  for (std::uint64_t i = 0; i < samples.size(); ++i) {
    samples.read(i, sample);
    text += to_text(sample.bytes) + std::to_string(sample.label);
  }
  const auto report =
      find_duplicates(pack, {.depth = DuplicateSearch::Depth::exact, .jobs = 1, .progress = {}});
  for (const Twins& twins : report.leaks) {
    text += fmt::format("{} = {}\n", twins.first.source, twins.second.source);
  }
  return text;
}

/// With LOCKSTEP_TEST_ALL set, every byte of the pack.
TEST(DamagedPack, AChangedByteIsFoundOrChangesNothing) {
  const TemporaryDirectory directory;
  for (const std::string name : {"train/a/1", "train/b/2", "valid/a/3", "valid/b/4"}) {
    // The same pictures in both splits: their names are read from /source.
    write_text(directory / "images" / (name + ".png"),
               png_bytes(4, 5, 1, name.find("/a/") == std::string::npos));
  }
  const fs::path out = directory / "pack";
  write_pack(*source_of(directory / "images"), writer_to(out));
  const std::string expected = read_all(out);
  EXPECT_THAT(expected, testing::HasSubstr("train/a/1.png = valid/a/3.png"));
  const std::uint64_t step = std::getenv("LOCKSTEP_TEST_ALL") == nullptr ? 7 : 1;
  std::uint64_t changed = 0;
  std::uint64_t found = 0;
  for (const auto& [name, content] : read_directory(out)) {
    for (std::uint64_t at = 0; at < content.size(); at += step) {
      ++changed;
      flip_bit(out / name, at);
      try {
        EXPECT_EQ(read_all(out), expected) << name << ", byte " << at;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ExitCode::data) << name << ", byte " << at << ": " << error.what();
        ++found;
      }
      flip_bit(out / name, at);
    }
  }
  RecordProperty("changed", std::to_string(changed));
  RecordProperty("found", std::to_string(found));
  EXPECT_GT(found, changed / 2);
  EXPECT_EQ(read_all(out), expected);
}

}  // namespace
}  // namespace lockstep
