#include "launcher/answers/provenance.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/message_of.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

TEST(Provenance, IsReadAsItWasWritten) {
  const TemporaryDirectory root;
  Provenance written;
  written.table.bytes = 17;
  written.table.xxh3_128 = std::string(32, 'a');
  written.rows = 3;
  written.unanswered = 1;
  written.version = "1";
  written.options = {{"top", "3"}};
  written.model.path = "../run/checkpoints/step_00000004";
  written.model.kind = "checkpoint";
  written.model.step = 4;
  written.model.digest = "d";
  written.model.pack = "../pack";
  written.model.pack_fingerprint = "f";
  written.ensemble = {written.model, {.path = "w.pth", .kind = "weights", .digest = "e"}};
  written.images.pack = "/x";
  written.images.fingerprint = "g";
  written.images.split = "test";
  write_provenance(written, root / "t.csv");
  const Provenance read = read_provenance(root / "t.csv");
  EXPECT_EQ(read.table, written.table);
  EXPECT_EQ(read.rows, 3u);
  EXPECT_EQ(read.unanswered, 1u);
  EXPECT_EQ(read.options, written.options);
  EXPECT_EQ(read.model.path, written.model.path);
  EXPECT_EQ(read.model.step, 4);
  EXPECT_EQ(read.model.pack_fingerprint, "f");
  ASSERT_EQ(read.ensemble.size(), 2u);
  EXPECT_EQ(read.ensemble[0].step, 4);
  EXPECT_EQ(read.ensemble[1].path, "w.pth");
  EXPECT_EQ(read.ensemble[1].kind, "weights");
  EXPECT_EQ(read.ensemble[1].digest, "e");
  EXPECT_EQ(read.images.split, "test");
}

TEST(Provenance, OfDamagedFilesIsAnError) {
  const TemporaryDirectory root;
  const auto refuse = [&](const std::string& text) {
    std::ofstream(provenance_file(root / "t.csv")) << text;
    return message_of(ExitCode::data, [&] { read_provenance(root / "t.csv"); });
  };
  EXPECT_THAT(refuse("{"), HasSubstr("it is not JSON"));
  EXPECT_THAT(refuse("{\"format\": \"x\"}"), HasSubstr("'format' is not"));
  EXPECT_THAT(refuse("{\"format\": \"lockstep-provenance\", \"version\": 2}"),
              HasSubstr("of version 2"));
  EXPECT_THAT(refuse("{\"format\": \"lockstep-provenance\", \"version\": 1}"),
              HasSubstr("'bytes'"));
}

TEST(Provenance, PathsAreFromTheTablesFolder) {
  EXPECT_EQ(from_table("runs/a", "out/t.csv"), "../runs/a");
  EXPECT_EQ(from_table("runs/a", "t.csv"), "runs/a");
  EXPECT_EQ(from_table("/data/x", "out/t.csv"), "/data/x");
}

}  // namespace
}  // namespace lockstep
