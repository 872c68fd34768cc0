#include "sharding/format/pack_manifest.h"

#include <gtest/gtest.h>

#include "core/hash.h"
#include "sharding/read/pack.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

class PackManifestTest : public testing::Test {
 protected:
  PackManifestTest() { write(random_source(10, 10)); }

  void write(const PackSource& source) {
    PackWriterOptions options;
    options.out = directory_.path();
    options.existing = ExistingPack::replace;
    write_pack(source, options);
    text_ = read_text(path_);
  }

  void expect_data_error(const std::string& text, const std::vector<std::string>& words = {}) {
    write_text(path_, text);
    std::vector<std::string> all = words;
    all.push_back("pack.json");
    expect_error(ExitCode::data, all, [&] { read_pack_manifest(directory_.path()); });
  }

  /// Replaces `from` and makes the fingerprint fit again: what a liar, or a newer lockstep, would
  /// write.
  std::string forge(const std::string& from, const std::string& to) const {
    std::string text = text_;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const std::string key = "\"fingerprint\": \"";
    const std::size_t digits = text.find(key) + key.size();
    text.replace(digits, 32, std::string(32, '0'));
    return text.replace(digits, 32, xxh3_128_hex(std::as_bytes(std::span(text))));
  }

  TemporaryDirectory directory_;
  std::filesystem::path path_ = directory_ / "pack.json";
  std::string text_;
};

TEST_F(PackManifestTest, IsWrittenAsItIsRead) {
  PackManifest manifest = read_pack_manifest(directory_.path());
  const std::string fingerprint = manifest.fingerprint;
  write_pack_manifest(directory_.path(), manifest);
  EXPECT_EQ(read_text(path_), text_);
  EXPECT_EQ(manifest.fingerprint, fingerprint);
}

TEST_F(PackManifestTest, AFlippedBitAnywhereIsFound) {
  for (std::size_t at = 0; at < text_.size(); ++at) {
    std::string flipped = text_;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << (at % 8)));
    expect_data_error(flipped);
  }
}

TEST_F(PackManifestTest, ATruncatedFileIsFound) {
  for (std::size_t size = 0; size < text_.size(); size += 5)
    expect_data_error(text_.substr(0, size));
}

TEST_F(PackManifestTest, ANewerVersionIsSaid) {
  expect_data_error(forge("\"version\": 1", "\"version\": 2"), {"version 2"});
}

TEST_F(PackManifestTest, ALabelOfNoNumbersIsImpossible) {
  MemorySource flags({LabelKind::uint8, 1}, {}, {"wet"});
  flags.add("train", "a", "pixels", -1, {1});
  write(flags);
  expect_data_error(forge("\"label_width\": 1", "\"label_width\": 0"),
                    {"label_width", "from 1 to 65536"});
}

TEST_F(PackManifestTest, ImpossibleNumbersAreErrorsEvenUnderAGoodFingerprint) {
  expect_data_error(forge("\"samples\": 10", "\"samples\": 11"), {"samples"});
  expect_data_error(forge("\"samples\": 10", "\"samples\": -10"), {"splits.train.samples", "-10"});
  expect_data_error(forge("\"samples\": 10", "\"samples\": 18446744073709551615"));
  expect_data_error(forge("\"address\": ", "\"address\": 99999999"), {"beyond the end"});
  expect_data_error(forge("\"address\": ", "\"address\": 1844674407370955"));
  expect_data_error(forge("train-00000.h5", "/etc/passwd"), {"should be"});
  expect_data_error(forge("\"train\"", "\"../train\""), {"cannot be the name of a split"});
  expect_data_error(forge("\"channels\": 1", "\"channels\": 2"), {"channels"});
  expect_data_error(forge("\"channels\": 1", "\"channels\": 3"), {"mean"});
  expect_data_error(forge("\"int64\"", "\"int65\""), {"int65"});
  expect_data_error(forge("\"raw\"", "\"tiff\""), {"tiff"});
  expect_data_error(forge("\"encoding\"", "\"encodings\""), {"encoding"});
  expect_data_error(forge("\"mean\": [", "\"mean\": [\"x\","));
}

TEST_F(PackManifestTest, LabelNamesFitTheLabelsAndAreDifferent) {
  expect_data_error(forge("\"channels\"", "\"label_names\": [\"a\"], \"channels\""),
                    {"label_names", "int64"});
  MemorySource source({LabelKind::float32, 2}, {}, {"age", "mass"});
  source.add("train", "a", "pixels", -1, {1, 2});
  write(source);
  EXPECT_EQ(read_pack_manifest(directory_.path()).label_names,
            (std::vector<std::string>{"age", "mass"}));
  expect_data_error(forge("\"mass\"", "\"age\""), {"label_names", "twice"});
  expect_data_error(forge("\"mass\"", "\"\""), {"label_names", "empty"});
  expect_data_error(forge("\"mass\"", "\"mass\", \"size\""), {"label_names", "3 names"});
  expect_data_error(forge("\"age\",", ""), {"label_names", "1 names"});
}

}  // namespace
}  // namespace lockstep
