#include "core/storage/safetensors.h"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/file.h"
#include "tests/python.h"
#include "tests/temporary_directory.h"

namespace lockstep {
namespace {

using ::testing::HasSubstr;

template <typename T>
TensorView view(std::string name, DType dtype, std::vector<std::int64_t> shape,
                const std::vector<T>& values) {
  return {std::move(name), dtype, std::move(shape), std::as_bytes(std::span(values))};
}

/// Three tensors whose name order is not their alignment order.
struct Example {
  std::vector<float> weight = {1, 2, 3};
  std::vector<std::uint8_t> mask = {1, 0, 1, 0, 1};
  std::vector<std::int64_t> count = {-7};
  std::vector<float> nothing;
  std::vector<TensorView> tensors = {
      view("b.mask", DType::boolean, {5}, mask), view("c.count", DType::i64, {}, count),
      view("a.weight", DType::f32, {3, 1}, weight), view("d.nothing", DType::f32, {0, 4}, nothing)};
};

/// A file as it is on disk: length, header text, data.
std::string raw_file(std::string_view header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  return file.append(header).append(data_bytes, '\1');
}

/// The file, whose size and hash are taken to be right.
SafetensorsFile read_as_found(const std::filesystem::path& path) {
  const std::string content = read_file(path, ExitCode::storage);
  return SafetensorsFile(
      path, {content.size(), xxh3_128_hex(std::as_bytes(std::span<const char>(content)))});
}

/// The complaint about `content`; empty where it is read without one.
std::string complaint(const TemporaryDirectory& directory, std::string_view content) {
  replace_file(directory / "x.safetensors", content);
  try {
    read_as_found(directory / "x.safetensors");
    return {};
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::storage);
    EXPECT_THAT(error.what(), HasSubstr("x.safetensors'"));
    return error.what();
  }
}

TEST(Safetensors, ReadsBackWhatWasWritten) {
  const TemporaryDirectory directory;
  const Example example;
  const std::map<std::string, std::string> metadata = {{"format", "pt"}};
  const FileDigest written =
      write_safetensors(directory / "x.safetensors", example.tensors, metadata);
  EXPECT_EQ(written.bytes, std::filesystem::file_size(directory / "x.safetensors"));
  EXPECT_EQ(written.bytes, safetensors_bytes(example.tensors, metadata));

  const SafetensorsFile file(directory / "x.safetensors", written);
  ASSERT_EQ(file.tensors().size(), 4u);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_LT(file.tensors()[i - 1].name, file.tensors()[i].name);
  }
  for (const TensorView& expected : example.tensors) {
    const TensorView* found = file.find(expected.name);
    ASSERT_NE(found, nullptr) << expected.name;
    EXPECT_EQ(found->dtype, expected.dtype);
    EXPECT_EQ(found->shape, expected.shape);
    EXPECT_TRUE(std::ranges::equal(found->bytes, expected.bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(found->bytes.data()) % size_of(found->dtype), 0u)
        << expected.name << " is not aligned";
  }
  EXPECT_EQ(file.find("a"), nullptr);
}

TEST(Safetensors, TheBytesDoNotDependOnTheOrderOfTheTensors) {
  const TemporaryDirectory directory;
  Example example;
  const FileDigest first = write_safetensors(directory / "1", example.tensors);
  std::ranges::reverse(example.tensors);
  EXPECT_EQ(write_safetensors(directory / "2", example.tensors), first);
  EXPECT_EQ(read_file(directory / "1", ExitCode::storage),
            read_file(directory / "2", ExitCode::storage));
}

TEST(Safetensors, AFileWithoutTensorsIsValid) {
  const TemporaryDirectory directory;
  const FileDigest written = write_safetensors(directory / "x", {});
  EXPECT_TRUE(SafetensorsFile(directory / "x", written).tensors().empty());
}

TEST(Safetensors, TwoTensorsOfOneNameAreRefused) {
  const TemporaryDirectory directory;
  Example example;
  example.tensors[1].name = example.tensors[0].name;
  EXPECT_THROW(write_safetensors(directory / "x", example.tensors), Error);
}

TEST(Safetensors, AnotherFileThanExpectedIsRefusedBeforeItIsParsed) {
  const TemporaryDirectory directory;
  const Example example;
  FileDigest written = write_safetensors(directory / "x", example.tensors);
  written.xxh3_128[0] ^= 1;
  EXPECT_THROW(SafetensorsFile(directory / "x", written), Error);
  written.xxh3_128[0] ^= 1;
  written.bytes += 1;
  EXPECT_THROW(SafetensorsFile(directory / "x", written), Error);
}

TEST(Safetensors, BadHeadersAreNamed) {
  const TemporaryDirectory directory;
  const auto tensor = [](std::string_view body) { return R"({"w":)" + std::string(body) + "}"; };
  const std::string good = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  ASSERT_EQ(complaint(directory, raw_file(tensor(good), 8)), "");

  struct Case {
    std::string content;
    const char* says;
  };
  const std::vector<Case> cases = {
      {"", "only 0 bytes"},
      {"1234567", "only 7 bytes"},
      {std::string(8, '\xff') + "{}", "would be"},
      {raw_file("{}", 0).replace(0, 1, "\3"), "would be"},
      {raw_file("", 0), "does not begin"},
      {raw_file("[]", 0), "does not begin"},
      {raw_file("{\"w\"", 0), "not JSON"},
      {raw_file("{\"\xff\": 1}", 0), "not JSON"},
      {raw_file("{\"w\":" + std::string(100000, '['), 0), "levels"},
      {raw_file(tensor("3"), 0), "lacks"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2]})"), 8), "lacks"},
      {raw_file(tensor(R"({"dtype":1,"shape":[2],"data_offsets":[0,8]})"), 8), "dtype"},
      {raw_file(tensor(R"({"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]})"), 8), "F8_E4M3"},
      {raw_file(tensor(R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})"), 8), "not a list"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})"), 8), "bad size"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2.5],"data_offsets":[0,8]})"), 8), "bad size"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]})"),
                8),
       "bad size"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[4611686018427387905,2],"data_offsets":[0,8]})"),
                8),
       "too large"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})"), 8), "needs 12"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[0]})"), 8), "two numbers"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":["0","8"]})"), 8),
       "two numbers"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})"), 8), "outside"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]})"), 8), "outside"},
      {raw_file(tensor(R"({"dtype":"F32","shape":[2],"data_offsets":[8,16]})"), 16), "hole"},
      {raw_file(tensor(good), 9), "behind the last"},
      {raw_file(R"({"v":)" + good + R"(,"w":)" + good + "}", 8), "overlap"},
      {raw_file(R"({"w":)" + good + R"(,"w":)" + good + "}", 8), "twice"},
      {raw_file(R"({"w":{"dtype":"F32","dtype":"I32","shape":[2],"data_offsets":[0,8]}})", 8),
       "twice"},
      {raw_file(R"({"__metadata__":[]})", 0), "not an object"},
      {raw_file(R"({"__metadata__":{"a":1}})", 0), "not a string"},
  };
  for (const Case& bad : cases) {
    EXPECT_THAT(complaint(directory, bad.content), HasSubstr(bad.says))
        << bad.content.substr(0, 200);
  }
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const TemporaryDirectory directory;
  write_safetensors(directory / "whole", Example().tensors, {{"format", "pt"}});
  const std::string whole = read_file(directory / "whole", ExitCode::storage);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(complaint(directory, whole.substr(0, length)), "") << "cut to " << length << " bytes";
  }
}

TEST(Safetensors, NoFlippedByteOfTheHeaderCrashes) {
  const TemporaryDirectory directory;
  write_safetensors(directory / "whole", Example().tensors);
  const std::string whole = read_file(directory / "whole", ExitCode::storage);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const int mask : {0x01, 0x20, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ mask);
      complaint(directory,
                damaged);  // an Error, or a file that is valid although it says another thing
    }
  }
}

TEST(Safetensors, PythonReadsTheFile) {
  if (const std::string reason = python_lacks({"numpy", "safetensors"}); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const TemporaryDirectory directory;
  write_safetensors(directory / "x.safetensors", Example().tensors, {{"format", "pt"}});
  const PythonResult result = run_python(R"(
import sys, safetensors, safetensors.numpy
t = safetensors.numpy.load_file(sys.argv[1])
print({n: (str(v.dtype), v.shape, v.reshape(-1).tolist()) for n, v in sorted(t.items())})
print(safetensors.safe_open(sys.argv[1], 'np').metadata())
)",
                                         {(directory / "x.safetensors").string()});
  EXPECT_EQ(result.output,
            "{'a.weight': ('float32', (3, 1), [1.0, 2.0, 3.0]), "
            "'b.mask': ('bool', (5,), [True, False, True, False, True]), "
            "'c.count': ('int64', (), [-7]), 'd.nothing': ('float32', (0, 4), [])}\n"
            "{'format': 'pt'}\n");
}

TEST(Safetensors, ReadsWhatPythonWrites) {
  if (const std::string reason = python_lacks({"numpy", "safetensors"}); !reason.empty()) {
    GTEST_SKIP() << reason;
  }
  const TemporaryDirectory directory;
  const PythonResult result = run_python(R"(
import sys, numpy, safetensors.numpy
safetensors.numpy.save_file({'half': numpy.arange(3, dtype=numpy.float16),
                             'wide': numpy.arange(2, dtype=numpy.float64)}, sys.argv[1])
)",
                                         {(directory / "x.safetensors").string()});
  ASSERT_EQ(result.exit_code, 0) << result.output;
  const SafetensorsFile file = read_as_found(directory / "x.safetensors");
  ASSERT_EQ(file.tensors().size(), 2u);
  EXPECT_EQ(file.find("half")->dtype, DType::f16);
  EXPECT_EQ(file.find("half")->shape, std::vector<std::int64_t>{3});
  EXPECT_EQ(file.find("wide")->bytes.size(), 16u);
}

}  // namespace
}  // namespace lockstep
