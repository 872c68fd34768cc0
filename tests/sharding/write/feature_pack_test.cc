#include "sharding/write/feature_pack.h"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "sharding/read/hdf5_shard_reader.h"
#include "sharding/read/pack.h"
#include "sharding/read/pack_verify.h"
#include "tests/python.h"
#include "tests/sharding/pack_fixture.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr std::uint32_t kCount = 5;

PackManifest manifest_of(LabelType label) {
  PackManifest manifest;
  manifest.encoding = Encoding::features;
  manifest.label = label;
  if (label.kind == LabelKind::int64) manifest.classes = {"ant", "béé"};
  manifest.features = FeatureInfo{.count = kCount,
                                  .layer = std::string(kHeadInput),
                                  .network = "resnet18",
                                  .weights = std::string(32, 'a'),
                                  .height = 64,
                                  .width = 48,
                                  .views = 2};
  manifest.channels = 1;
  manifest.mean = {0.5};
  manifest.std = {0.25};
  manifest.input_digest = std::string(32, 'b');
  return manifest;
}

std::vector<float> features_of(int i) {
  std::vector<float> values;
  for (std::uint32_t k = 0; k < kCount; ++k)
    values.push_back(static_cast<float>(i) + static_cast<float>(k) / 8);
  return values;
}

/// Seven samples to train, in shards of two, and one to validate.
void write_pack_of_features(const fs::path& out, LabelType label = {LabelKind::int64, 1},
                            ExistingPack existing = ExistingPack::refuse) {
  FeaturePack pack(out, manifest_of(label), existing, 2 * kCount * sizeof(float));
  Sample labelled;
  for (int i = 0; i < 8; ++i) {
    labelled.label = label.kind == LabelKind::int64 ? i % 2 : -1;
    labelled.targets.assign(label.has_targets() ? label.width : 0, static_cast<float>(i % 2));
    pack.add(i < 7 ? "train" : "valid", fmt::format("{}.jpg", i), labelled, features_of(i));
  }
  pack.finish();
}

TEST(FeaturePack, IsReadAsItWasWritten) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack_of_features(out);
  const Pack pack(out);
  EXPECT_EQ(pack.features(), manifest_of({}).features);
  EXPECT_EQ(pack.mean(), std::vector<float>{0.5f});
  const auto train = pack.split("train");
  ASSERT_EQ(train->size(), 7u);
  EXPECT_EQ(pack.manifest().find("train")->shards.size(), 4u);
  Sample sample;
  for (int i = 0; i < 7; ++i) {
    train->read(static_cast<std::uint64_t>(i), sample);
    EXPECT_EQ(sample.label, i % 2);
    ASSERT_EQ(sample.bytes.size(), kCount * sizeof(float));
    EXPECT_EQ(std::memcmp(sample.bytes.data(), features_of(i).data(), sample.bytes.size()), 0);
  }
  EXPECT_THAT(read_sources(out, *pack.manifest().find("valid")), ElementsAre("7.jpg"));
  EXPECT_THAT(verify_pack(out).problems, ElementsAre());

  write_pack_of_features(directory / "again");
  EXPECT_EQ(read_directory(out), read_directory(directory / "again"));
}

TEST(FeaturePack, EveryFlippedByteIsFound) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack_of_features(out);
  const fs::path shard = out / "train-00001.h5";
  const ShardInfo info = Pack(out).manifest().find("train")->shards[1];
  for (const std::uint64_t at : {info.bytes.address, info.index.address, std::uint64_t{20}}) {
    flip_bit(shard, at);
    EXPECT_FALSE(verify_pack(out).problems.empty()) << at;
    flip_bit(shard, at);
  }
  EXPECT_TRUE(verify_pack(out).problems.empty());
}

TEST(FeaturePack, AManifestThatContradictsItsSamplesIsRefused) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack_of_features(out);
  PackManifest manifest = read_pack_manifest(out);
  manifest.features->count = kCount - 1;
  write_pack_manifest(out, manifest);
  Sample sample;
  expect_error(ExitCode::data, {"number of features"},
               [&] { Pack(out).split("train")->read(0, sample); });
  manifest.features->count = 0;
  write_pack_manifest(out, manifest);
  expect_error(ExitCode::data, {"count"}, [&] { read_pack_manifest(out); });
}

TEST(FeaturePack, NeverReplacesImagesNorFeaturesUnasked) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack", images = directory / "images";
  write_pack(random_source(9, 4), writer_to(images));
  const FileContents before = read_directory(images);
  expect_error(ExitCode::usage, {"pack of images"},
               [&] { write_pack_of_features(images, {}, ExistingPack::replace); });
  expect_error(ExitCode::usage, {"lies in the pack"},
               [&] { write_pack_of_features(images / "features"); });
  EXPECT_EQ(read_directory(images), before);

  write_pack_of_features(out);
  expect_error(ExitCode::usage, {"--force"}, [&] { write_pack_of_features(out); });
  write_pack_of_features(out, {LabelKind::none, 0}, ExistingPack::replace);
  EXPECT_EQ(Pack(out).label_kind(), LabelKind::none);
}

TEST(FeaturePack, ThatIsNotFinishedLeavesTheOlderOne) {
  const TemporaryDirectory directory;
  const fs::path out = directory / "pack";
  write_pack_of_features(out);
  const FileContents before = read_directory(out);
  {
    FeaturePack pack(out, manifest_of({LabelKind::none, 0}), ExistingPack::replace, 1 << 20);
    pack.add("train", "0.jpg", {}, features_of(0));
  }
  EXPECT_EQ(read_directory(out), before);
  EXPECT_FALSE(fs::exists(out / kPackStaging));
}

/// sys.argv: the pack. The Python of docs/transfer.md is like this.
constexpr const char* kScript = R"(
import glob, h5py, numpy, sys
rows = []
for path in sorted(glob.glob(sys.argv[1] + '/train-*.h5')):
    with h5py.File(path) as f:
        assert f.attrs['encoding'] == 'features'
        assert 'bytes' not in f and f['features'].dtype == '<f4'
        assert len(f['features']) == len(f['index'])
        rows += list(zip(f['features'][:], f['index']['label']))
assert len(rows) == 7
for i, (features, label) in enumerate(rows):
    assert list(features) == [i + k / 8 for k in range(5)], features
    assert list(label) == [i % 2, i % 2]
print('good')
)";

TEST(FeaturePack, IsATableOfNumbersInH5py) {
  if (const std::string reason = python_lacks({"h5py", "numpy"}); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const TemporaryDirectory directory;
  write_pack_of_features(directory / "pack", {LabelKind::float32, 2});
  const PythonResult result = run_python(kScript, {(directory / "pack").string()});
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

}  // namespace
}  // namespace lockstep
