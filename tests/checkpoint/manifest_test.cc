#include "checkpoint/manifest.h"

#include <cmath>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/format.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

Manifest example() {
  Manifest manifest;
  manifest.step = 100;
  manifest.state_digest = std::string(32, 'a');
  manifest.files = {{"model.safetensors", {1000, std::string(32, '1')}},
                    {"optimizer.safetensors", {2000, std::string(32, '2')}},
                    {"state.json", {30, std::string(32, '3')}}};
  manifest.config = "run: {dir: \"runs/ä\"}\n# \"manifest_hash\": \"\n";
  manifest.pack_fingerprint = std::string(32, 'f');
  manifest.environment = {{"device", "cpu"}, {"threads", 1}};
  manifest.metrics = {{"valid/accuracy", 0.1 + 0.2}, {"valid/loss", 1e-300}};
  manifest.best = BestCheckpoint{"valid/accuracy", 1.0 / 3, 50};
  return manifest;
}

/// A manifest whose JSON was changed, with the hash that belongs to it.
std::string rehashed(const std::function<void(nlohmann::ordered_json&)>& change) {
  auto json = nlohmann::ordered_json::parse(encode_manifest(example()));
  json.erase("manifest_hash");
  change(json);
  std::string text = json.dump(2);
  text.replace(text.size() - 2, 2, ",\n");
  return text + fmt::format("  \"manifest_hash\": \"{}\"\n}}\n",
                            xxh3_128_hex(std::as_bytes(std::span(text))));
}

std::string complaint(std::string_view text) {
  try {
    decode_manifest(text, "step_1/manifest.json");
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::storage);
    EXPECT_THAT(error.what(), HasSubstr("'step_1/manifest.json'"));
    return error.what();
  }
}

TEST(Manifest, RoundTrips) {
  const std::string text = encode_manifest(example());
  EXPECT_EQ(decode_manifest(text, "x"), example());
  EXPECT_EQ(encode_manifest(decode_manifest(text, "x")), text);
  EXPECT_EQ(rehashed([](auto&) {}), text);
}

TEST(Manifest, NumbersThatAreNotFiniteComeBackAsNaN) {
  Manifest manifest = example();
  manifest.metrics["valid/loss"] = std::numeric_limits<double>::infinity();
  const Manifest decoded = decode_manifest(encode_manifest(manifest), "x");
  EXPECT_TRUE(std::isnan(decoded.metrics.at("valid/loss")));
}

TEST(Manifest, EveryFlippedBitIsFound) {
  const std::string text = encode_manifest(example());
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      ASSERT_NE(complaint(damaged), "") << "bit " << bit << " of byte " << at;
    }
  }
}

TEST(Manifest, EveryTruncationAndAdditionIsFound) {
  const std::string text = encode_manifest(example());
  for (std::size_t length = 0; length < text.size(); ++length) {
    ASSERT_NE(complaint(text.substr(0, length)), "") << "cut to " << length;
  }
  EXPECT_NE(complaint(text + "\n"), "");
  EXPECT_NE(complaint(" " + text), "");
}

TEST(Manifest, AnotherVersionIsToldFromDamage) {
  const std::string newer = rehashed([](auto& json) { json["version"] = kCheckpointVersion + 1; });
  EXPECT_THROW(decode_manifest(newer, "x"), UnsupportedCheckpoint);
  EXPECT_THAT(complaint(newer),
              HasSubstr(fmt::format("format version {}", kCheckpointVersion + 1)));
}

TEST(Manifest, BadFieldsAreRefusedThoughTheHashIsRight) {
  using Json = nlohmann::ordered_json;
  const std::vector<std::pair<std::function<void(Json&)>, const char*>> cases = {
      {[](Json& j) { j["format"] = "lockstep-pack"; }, "its format is not"},
      {[](Json& j) { j["files"][0]["name"] = "../model.safetensors"; }, "not a file name"},
      {[](Json& j) { j["files"][0]["name"] = "/etc/passwd"; }, "not a file name"},
      {[](Json& j) { j["files"][0]["name"] = ".."; }, "not a file name"},
      {[](Json& j) { j["files"][0]["name"] = ""; }, "not a file name"},
      {[](Json& j) { j["files"][0]["name"] = std::string("state.json\0", 11); }, "not a file name"},
      {[](Json& j) { j["files"][0]["name"] = "manifest.json"; }, "not a file name"},
      {[](Json& j) { j["files"].push_back(j["files"][0]); }, "twice"},
      {[](Json& j) { j["files"].erase(0); }, "does not list 'model.safetensors'"},
      {[](Json& j) { j["files"] = 3; }, "not the manifest"},
      {[](Json& j) { j["files"][0]["bytes"] = "many"; }, "not the manifest"},
      {[](Json& j) { j["step"] = "x"; }, "'step' is \"x\", not a whole number from 0"},
      {[](Json& j) { j["step"] = 1.5; }, "'step' is 1.5, not a whole number"},
      {[](Json& j) { j["step"] = std::uint64_t{1} << 63; }, "'step' is 9223372036854775808, not"},
      {[](Json& j) { j["step"] = (std::int64_t{1} << 53) + 1; }, "not a whole number from 0 to"},
      {[](Json& j) { j["step"] = -1; }, "'step' is -1, not a whole number"},
      {[](Json& j) { j["files"][0]["bytes"] = -1; }, "'files[0].bytes' is -1, not a whole number"},
      {[](Json& j) { j["environment"] = 1; }, "'environment' is 1, not an object"},
      {[](Json& j) { j["best"]["step"] = 101; },
       "'best.step' is 101, not a whole number from 0 to"},
      {[](Json& j) { j["best"]["value"] = nullptr; }, "'best.value' is null, not a number"},
      {[](Json& j) {
         std::string deep = "1";
         for (int i = 0; i < 100; ++i) deep = "[" + deep + "]";
         j["environment"]["x"] = Json::parse(deep);
       },
       "more than 64 levels"},
      {[](Json& j) {
         j["metrics"] = {{"a", "b"}};
       },
       "not the manifest"},
      {[](Json& j) { j["best"] = 1; }, "not the manifest"},
      {[](Json& j) { j.erase("config"); }, "not the manifest"},
  };
  for (const auto& [change, says] : cases)
    EXPECT_THAT(complaint(rehashed(change)), HasSubstr(says));
}

}  // namespace
}  // namespace lockstep
