#include "sharding/write/feature_pack.h"

#include <cassert>
#include <utility>

#include "core/error.h"
#include "core/hash.h"

namespace lockstep {

namespace fs = std::filesystem;

void check_new_pack(const fs::path& out, ExistingPack existing) {
  writing(pack_text(out), [&] {
    check_outside_packs(out);
    check_pack_directory(out);
    if (!fs::exists(out / kPackManifest)) return;
    check(existing == ExistingPack::replace, ExitCode::usage,
          "'{}' holds a pack already; --force replaces it, or give another --out", out);
    check(read_pack_manifest(out).features.has_value(), ExitCode::usage,
          "'{}' holds a pack of images, which features never replace; give another --out", out);
  });
}

FeaturePack::FeaturePack(fs::path out, PackManifest manifest, ExistingPack existing,
                         std::uint64_t shard_bytes)
    : out_(std::move(out)), manifest_(std::move(manifest)) {
  assert(manifest_.encoding == Encoding::features && manifest_.features);
  writing(pack_text(out_), [&] {
    check_new_pack(out_, existing);
    directory_.emplace(out_);
    cutter_.emplace(manifest_, directory_->staging(), shard_bytes);
  });
}

void FeaturePack::add(const std::string& split, const std::string& source, const Sample& labelled,
                      std::span<const float> features) {
  assert(features.size() == manifest_.features_of_sample());
  check(are_finite(features), ExitCode::data,
        "the network gives infinite numbers, or none, for '{}' of the split '{}': look at its "
        "weights, and at data.mean and data.std",
        source, split);
  const std::span<const std::byte> bytes = std::as_bytes(features);
  sample_.record = {.size = static_cast<std::uint32_t>(bytes.size()),
                    .height = 1,
                    .width = manifest_.features_of_sample(),
                    .channels = 1,
                    .hash = xxh3_64(bytes)};
  sample_.bytes.assign(bytes.begin(), bytes.end());
  sample_.label = labelled.label;
  sample_.targets = labelled.targets;
  writing(pack_text(out_), [&] { cutter_->add(split, source, sample_); });
}

void FeaturePack::finish() {
  writing(pack_text(out_), [&] {
    manifest_.splits = cutter_->finish();
    commit_pack(*directory_, manifest_, {});
  });
}

}  // namespace lockstep
