// What is found on disk may be anything: each kind of damage is an Error that names the file.

#include <sys/stat.h>

#include "checkpoint/reader.h"
#include "core/file.h"
#include "tests/checkpoint/store_fixture.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

using CheckpointDamage = CheckpointStoreTest;

TEST_F(CheckpointDamage, EveryFlippedByteOfEveryFileIsFound) {
  open().commit(ExampleSnapshot(10));
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const std::string whole = read_file(path_of(10) / name, ExitCode::storage);
    for (std::size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
      const UniqueFd fd = create_file(path_of(10) / name);
      write_all(fd.get(), std::as_bytes(std::span(damaged)), name);
      ASSERT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); }),
                  HasSubstr(std::string(name)))
          << "byte " << at;
    }
    replace_file(path_of(10) / name, whole);
  }
  load_checkpoint(path_of(10));
}

TEST_F(CheckpointDamage, EveryTruncationOfEveryFileIsFound) {
  open().commit(ExampleSnapshot(10));
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const std::string whole = read_file(path_of(10) / name, ExitCode::storage);
    for (std::size_t length = whole.size(); length-- > 0;) {
      fs::resize_file(path_of(10) / name, length);
      ASSERT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); }),
                  HasSubstr(std::string(name)))
          << "cut to " << length;
    }
    replace_file(path_of(10) / name, whole);
  }
  load_checkpoint(path_of(10));
}

TEST_F(CheckpointDamage, ForeignThingsInTheFilesPlacesAreErrors) {
  for (const std::string_view name : {kModelFile, kOptimizerFile, kStateFile, kManifestFile}) {
    const ExampleSnapshot example(10);
    open().commit(example);
    const fs::path file = path_of(10) / name;
    const auto complaint = [&] {
      return message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); });
    };
    replace_file(file, "PK\3\4 a foreign file");
    EXPECT_THAT(complaint(), HasSubstr(std::string(name)));
    replace_file(file, "");
    EXPECT_THAT(complaint(), HasSubstr(std::string(name)));
    fs::remove(file);
    EXPECT_THAT(complaint(), HasSubstr("is missing"));
    fs::create_directory(file);
    EXPECT_THAT(complaint(), HasSubstr("is not a file"));
    fs::remove(file);
    ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);  // a reader that opens it waits for ever
    EXPECT_THAT(complaint(), HasSubstr("is not a file"));
  }
}

TEST_F(CheckpointDamage, AStateThatIsNotJsonIsAnErrorThoughItsHashIsRight) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  const std::string state = "{\"lanes\": ";
  replace_file(path_of(10) / kStateFile, state);
  for (ManifestFile& file : manifest.files) {
    if (file.name == kStateFile)
      file.digest = {state.size(), xxh3_128_hex(std::as_bytes(std::span(state)))};
  }
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); }),
              HasSubstr("state.json' cannot be used: it is not JSON"));
}

TEST_F(CheckpointDamage, AWrongStateDigestIsAnErrorThoughEveryHashIsRight) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  manifest.state_digest[0] = manifest.state_digest[0] == '0' ? '1' : '0';
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); }),
              HasSubstr("digest"));
}

TEST_F(CheckpointDamage, FurtherFilesOfTheManifestAreCheckedToo) {
  open().commit(ExampleSnapshot(10));
  Manifest manifest = read_manifest(path_of(10));
  const std::string content(3 << 20, 'x');
  replace_file(path_of(10) / "extra.bin", content);
  manifest.files.push_back(
      {"extra.bin", {content.size(), xxh3_128_hex(std::as_bytes(std::span(content)))}});
  replace_file(path_of(10) / kManifestFile, encode_manifest(manifest));
  EXPECT_EQ(load_checkpoint(path_of(10)).manifest, manifest);
  std::string damaged = content;
  damaged[2 << 20] = 'y';
  replace_file(path_of(10) / "extra.bin", damaged);
  EXPECT_THAT(message_of(ExitCode::storage, [&] { load_checkpoint(path_of(10)); }),
              HasSubstr("extra.bin' is damaged"));
}

}  // namespace
}  // namespace lockstep
