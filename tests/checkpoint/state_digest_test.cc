#include "checkpoint/state_digest.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/checkpoint/example_snapshot.h"

namespace lockstep {
namespace {

std::string digest_of(const Snapshot& snapshot) {
  return state_digest(snapshot.model, snapshot.optimizer);
}

// Digests of old runs are compared with those of new ones: this may not change.
TEST(StateDigest, IsFrozen) {
  EXPECT_EQ(digest_of(ExampleSnapshot(7)), "cac7a87a7f55a5e289901096066edadd");
  EXPECT_EQ(state_digest({}, {}), "99aa06d3014798d86001c324468d497f");  // of no bytes
}

TEST(StateDigest, TheOrderOfTheTensorsDoesNotMatter) {
  ExampleSnapshot example(7);
  const std::string digest = digest_of(example);
  std::ranges::reverse(example->model);
  EXPECT_EQ(digest_of(example), digest);
}

TEST(StateDigest, EveryPartMatters) {
  const std::string digest = digest_of(ExampleSnapshot(7));
  const auto differs = [&](const char* what, auto change) {
    ExampleSnapshot example(7);
    change(example);
    EXPECT_NE(digest_of(example), digest) << what;
  };
  differs("name", [](ExampleSnapshot& e) { e->model[0].name = "conv1.weighu"; });
  differs("dtype", [](ExampleSnapshot& e) { e->model[0].dtype = DType::i32; });
  differs("shape", [](ExampleSnapshot& e) { e->model[0].shape = {4, 3}; });
  differs("rank", [](ExampleSnapshot& e) { e->model[0].shape = {12}; });
  differs("one bit",
          [](ExampleSnapshot& e) { reinterpret_cast<std::uint32_t&>(e.weight()[11]) ^= 1; });
  differs("model or optimizer", [](ExampleSnapshot& e) {
    e->optimizer.push_back(e->model.back());
    e->model.pop_back();
  });
  differs("a tensor less", [](ExampleSnapshot& e) { e->optimizer.clear(); });
}

// Without lengths, "ab" + "c" would be "a" + "bc".
TEST(StateDigest, FieldsDoNotRunTogether) {
  const std::vector<std::int8_t> bytes = {1, 2, 3};
  const auto all = std::as_bytes(std::span(bytes));
  const std::vector<TensorView> one = {{"a", DType::i8, {1}, all.first(1)},
                                       {"b", DType::i8, {2}, all.last(2)}};
  const std::vector<TensorView> other = {{"a", DType::i8, {2}, all.first(2)},
                                         {"b", DType::i8, {1}, all.last(1)}};
  EXPECT_NE(state_digest(one, {}), state_digest(other, {}));
}

}  // namespace
}  // namespace lockstep
