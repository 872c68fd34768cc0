#include "sharding/feed/epoch_order.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace lockstep {
namespace {

std::vector<std::uint64_t> order_of(std::uint64_t n, std::uint64_t seed, std::uint64_t epoch) {
  const EpochOrder order(n, seed, epoch);
  std::vector<std::uint64_t> ids(n);
  for (std::uint64_t position = 0; position < n; ++position) ids[position] = order[position];
  return ids;
}

/// How far a chi-square statistic of many degrees of freedom is from its mean, in standard
/// deviations.
double deviations(double chi_square, double freedom) {
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

double chi_square_of_equal_cells(const std::vector<double>& cells) {
  const double expected = std::accumulate(cells.begin(), cells.end(), 0.0) / double(cells.size());
  double sum = 0;
  for (double cell : cells) sum += (cell - expected) * (cell - expected) / expected;
  return sum;
}

TEST(EpochOrder, VisitsEverySampleOnce) {
  for (std::uint64_t n = 1; n <= 200; ++n) {
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) {
      std::vector<std::uint64_t> ids = order_of(n, 7, epoch);
      std::sort(ids.begin(), ids.end());
      for (std::uint64_t i = 0; i < n; ++i) ASSERT_EQ(ids[i], i) << "n = " << n;
    }
  }
}

TEST(EpochOrder, VisitsEverySampleOnceAroundPowersOfTwo) {
  for (std::uint64_t n : {1023, 1024, 1025, 60000, 65535, 65536, 65537, 100003}) {
    std::vector<std::uint64_t> ids = order_of(n, 1, 0);
    std::sort(ids.begin(), ids.end());
    for (std::uint64_t i = 0; i < n; ++i) ASSERT_EQ(ids[i], i) << "n = " << n;
  }
}

TEST(EpochOrder, ReachesTheLargestSizes) {
  for (std::uint64_t n : {(std::uint64_t{1} << 62) + 1, std::uint64_t{1} << 63}) {
    const EpochOrder order(n, 3, 0);
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < 1000; ++i) {
      EXPECT_LT(order[i], n);
      EXPECT_LT(order[n - 1 - i], n);
      seen.insert(order[i]);
      seen.insert(order[n - 1 - i]);
    }
    EXPECT_EQ(seen.size(), 2000u);
    EXPECT_GT(*seen.rbegin(), n / 100 * 99);
    EXPECT_LT(*seen.begin(), n / 100);
  }
}

// The order is part of a run's results: a change of it would be a change of every checkpoint's
// meaning.
TEST(EpochOrder, IsFixedForEver) {
  EXPECT_EQ(order_of(10, 1, 0), (std::vector<std::uint64_t>{8, 4, 1, 5, 9, 3, 0, 7, 6, 2}));
  EXPECT_EQ(EpochOrder(1'000'000'000, 1, 0)[123'456'789], 25'331'384u);
}

TEST(EpochOrder, DiffersBySeedAndByEpoch) {
  const auto first = order_of(1000, 1, 0);
  for (const auto& other : {order_of(1000, 2, 0), order_of(1000, 1, 1), order_of(1000, 0, 1)}) {
    int same = 0;
    for (std::size_t i = 0; i < first.size(); ++i) same += first[i] == other[i];
    EXPECT_LT(same, 10);  // 1 is expected
  }
}

TEST(EpochOrder, ReachesEveryPermutationOfFewSamplesAlike) {
  for (std::uint64_t n : {2, 3, 4, 5}) {
    std::map<std::vector<std::uint64_t>, double> counts;
    std::vector<std::uint64_t> permutation(n);
    std::iota(permutation.begin(), permutation.end(), 0);
    do counts[permutation] = 0;
    while (std::next_permutation(permutation.begin(), permutation.end()));
    const int epochs = 12'000;
    for (int epoch = 0; epoch < epochs; ++epoch) ++counts[order_of(n, 5, epoch)];
    std::vector<double> cells;
    for (const auto& [ids, count] : counts) cells.push_back(count);
    EXPECT_LT(deviations(chi_square_of_equal_cells(cells), double(cells.size()) - 1), 5) << n;
  }
}

TEST(EpochOrder, PutsEverySampleAtEveryPositionAlike) {
  for (std::uint64_t n : {7, 64, 100, 200}) {
    std::vector<double> cells(n * n);
    for (std::uint64_t epoch = 0; epoch < 40 * n; ++epoch) {
      const EpochOrder order(n, 11, epoch);
      for (std::uint64_t position = 0; position < n; ++position)
        ++cells[position * n + order[position]];
    }
    // Rows and columns have fixed sums: (n - 1)^2 degrees of freedom.
    const double freedom = double(n - 1) * double(n - 1);
    EXPECT_LT(std::abs(deviations(chi_square_of_equal_cells(cells), freedom)), 5) << n;
  }
}

TEST(EpochOrder, NeighboursAreIndependent) {
  const std::uint64_t n = 60'000;
  const std::uint64_t parts = 20;
  const auto ids = order_of(n, 1, 0);
  std::vector<double> pairs(parts * parts);
  std::vector<double> distances(parts);
  double product = 0;
  for (std::uint64_t i = 0; i + 1 < n; ++i) {
    ++pairs[ids[i] * parts / n * parts + ids[i + 1] * parts / n];
    ++distances[(ids[i + 1] + n - ids[i]) % n * parts / n];
    product += (double(ids[i]) / double(n) - 0.5) * (double(ids[i + 1]) / double(n) - 0.5) * 12;
  }
  EXPECT_LT(std::abs(deviations(chi_square_of_equal_cells(pairs), parts * parts - 1)), 5);
  EXPECT_LT(std::abs(deviations(chi_square_of_equal_cells(distances), parts - 1)), 5);
  EXPECT_LT(std::abs(product / std::sqrt(double(n))), 5);
}

TEST(EpochOrder, BatchesMixClassesThatLieTogether) {
  // 10 classes of 6,000 in a row, as in a pack made from folders: a batch of 64 holds 6.4 of each
  // on average.
  const auto ids = order_of(60'000, 1, 3);
  double chi_square = 0;
  const std::size_t batches = ids.size() / 64;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    std::vector<double> classes(10);
    for (std::size_t slot = 0; slot < 64; ++slot) ++classes[ids[batch * 64 + slot] / 6000];
    chi_square += chi_square_of_equal_cells(classes);
  }
  EXPECT_LT(std::abs(deviations(chi_square, double(batches) * 9)), 5);
}

}  // namespace
}  // namespace lockstep
