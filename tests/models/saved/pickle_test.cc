// Pickles that are made to do harm: none is executed, none takes memory that the file does not pay
// for, and none crashes the reader.

#include "models/saved/pickle.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace lockstep {
namespace {

using namespace std::string_literals;

void read(const std::string& bytes) { Pickle(std::as_bytes(std::span(bytes))); }

std::string refusal(const std::string& bytes) {
  try {
    read(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::data);
    return error.what();
  }
  return "";
}

std::string times(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

const std::string kTensor =
    "\x80\x02"
    "ccollections\nOrderedDict\nq\x00)Rq\x01"
    "(X\x06\x00\x00\x00weight"
    "ctorch._utils\n_rebuild_tensor_v2\nq\x02"
    "((X\x07\x00\x00\x00storage"
    "ctorch\nFloatStorage\nq\x03"
    "X\x01\x00\x00\x00"
    "0"
    "X\x03\x00\x00\x00"
    "cpu"
    "K\x06tQ"
    "K\x00K\x02K\x03\x86K\x03K\x01\x86\x89h\x00)Rtq\x04Ru."s;

TEST(Pickle, AStateOfOneTensorIsRead) {
  const Pickle pickle(std::as_bytes(std::span(kTensor)));
  ASSERT_EQ(pickle.root().kind, PickleValue::Kind::dict);
  const PickleValue* weight = pickle.root().find("weight");
  ASSERT_NE(weight, nullptr);
  EXPECT_EQ(weight->kind, PickleValue::Kind::tensor);
  EXPECT_EQ(weight->items.at(0)->kind, PickleValue::Kind::storage);
}

TEST(Pickle, AnotherCallableIsRefusedByName) {
  for (const auto& [module, name] : {std::pair{"os", "system"},
                                     {"posix", "system"},
                                     {"builtins", "eval"},
                                     {"torch", "load"},
                                     {"torch", "hub"},
                                     {"subprocess", "Popen"},
                                     {"torch.storage", "_load_from_bytes"}}) {
    const std::string full = fmt::format("{}.{}", module, name);
    const std::string old = fmt::format(
                                "\x80\x02"
                                "c{}\n{}\n",
                                module, name) +
                            "X\x02\0\0\0id\x85R."s;
    EXPECT_NE(refusal(old).find(full), std::string::npos) << full;
    const auto text = [](std::string_view t) {
      return "\x8c"s + static_cast<char>(t.size()) + std::string(t);
    };
    EXPECT_NE(refusal("\x80\x04"s + text(module) + text(name) + "\x93)R.").find(full),
              std::string::npos);
  }
}

TEST(Pickle, AChainOfReducesCallsNothing) {
  EXPECT_NE(refusal("\x80\x02"s + "ccollections\nOrderedDict\n)R)R."), "");
  EXPECT_NE(refusal("\x80\x02"s + "ctorch\nFloatStorage\n)R."), "");
  EXPECT_NE(refusal("\x80\x02"s + "cos.path\njoin\n)R)R)R."), "");
}

TEST(Pickle, DeepNestingDoesNotUseUpTheStack) {
  read("\x80\x02"s + times("]", 300'000) + times("a", 299'999) + ".");
}

TEST(Pickle, ContainersMayHoldThemselves) {
  read(
      "\x80\x02]q\x00h\x00"
      "a."s);
}

TEST(Pickle, CountsBeyondTheFileAreRefused) {
  for (const std::string& opcode :
       {"X\xff\xff\xff\xff"s, "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x8b\xff\xff\xff\x7f"s,
        "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"s}) {
    EXPECT_NE(refusal("\x80\x02" + opcode + "abc.").find("ends at byte"), std::string::npos);
  }
}

TEST(Pickle, AReferenceThatIsRepeatedCopiesLittle) {
  // A list of 200,000 items, of which each later "hQ" would be a copy.
  const std::string list = "\x80\x02("s + times("N", 200'000) + "tq\x00"s;
  EXPECT_NE(refusal(list + times("h\x00Q"s, 200'000) + "."), "");
}

TEST(Pickle, ALongNameThatIsRepeatedIsRefused) {
  const std::string name = std::string(1'000'000, 'x') + "Storage";
  std::string bytes = "\x80\x04\x8c\x05torch\x94X"s;
  const auto size = static_cast<std::uint32_t>(name.size());
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(size >> (8 * i));
  bytes += name + "\x94" + times("h\x00h\x01\x93"s, 100'000) + ".";
  EXPECT_NE(refusal(bytes).find("name of"), std::string::npos);
}

TEST(Pickle, MillionsOfValuesAreRefused) {
  EXPECT_NE(refusal("\x80\x02("s + std::string(4'000'000, 'N') + "t.").find("values"),
            std::string::npos);
}

TEST(Pickle, EveryByteReplacedIsReadOrRefused) {
  for (std::size_t at = 0; at < kTensor.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = kTensor;
      bytes[at] = static_cast<char>(value);
      refusal(bytes);
    }
    EXPECT_NE(refusal(kTensor.substr(0, at)), "") << at;
  }
}

}  // namespace
}  // namespace lockstep
