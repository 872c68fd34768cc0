#include "core/ordered_pipeline.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lockstep {
namespace {

struct Counter {
  int next = 0;
  int end = 0;
  bool operator()(int& item) {
    if (next == end) return false;
    item = next++;
    return true;
  }
};

TEST(OrderedPipeline, ConsumesInOrderWhateverTheWorkers) {
  for (const int workers : {1, 2, 3, 8}) {
    std::vector<int> seen;
    run_ordered<int>(
        workers, Counter{0, 500},
        [](int& item) {
          if (item % 7 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
          item *= 10;
        },
        [&](int& item) { seen.push_back(item); });
    ASSERT_EQ(seen.size(), 500u);
    for (int i = 0; i < 500; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i * 10);
  }
}

TEST(OrderedPipeline, AnEmptySequenceConsumesNothing) {
  run_ordered<int>(
      3, Counter{}, [](int&) { FAIL(); }, [](int&) { FAIL(); });
}

TEST(OrderedPipeline, ThrowsTheFirstErrorInOrderNotInTime) {
  for (int repeat = 0; repeat < 20; ++repeat) {
    int consumed = 0;
    try {
      run_ordered<int>(
          4, Counter{0, 100},
          [](int& item) {
            if (item == 20) std::this_thread::sleep_for(std::chrono::milliseconds(2));
            if (item >= 20) throw std::runtime_error(std::to_string(item));
          },
          [&](int&) { ++consumed; });
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "20");
      EXPECT_EQ(consumed, 20);
    }
  }
}

TEST(OrderedPipeline, AnErrorOfTheSourceComesAfterWhatPrecedesIt) {
  int consumed = 0;
  Counter counter{0, 100};
  EXPECT_THROW(run_ordered<int>(
                   3,
                   [&](int& item) {
                     if (counter.next == 30) throw std::runtime_error("torn");
                     return counter(item);
                   },
                   [](int&) {}, [&](int&) { ++consumed; }),
               std::runtime_error);
  EXPECT_EQ(consumed, 30);
}

TEST(OrderedPipeline, AnErrorOfTheConsumerStopsWorkersThatWait) {
  for (int repeat = 0; repeat < 50; ++repeat) {
    EXPECT_THROW(run_ordered<int>(
                     4, Counter{0, 1'000'000}, [](int&) {},
                     [](int& item) {
                       if (item == 25) throw std::runtime_error("full");
                     }),
                 std::runtime_error);
  }
}

/// While it lives this process can take only this many more bytes of address space.
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(rlim_t more) {
    ::getrlimit(RLIMIT_AS, &before_);
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlimit limit{pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + more,
                       before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }

 private:
  rlimit before_{};
};

TEST(OrderedPipeline, ThrowsWhereNotAllThreadsCanBeStarted) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer ends the process where memory is short";
#endif
  const auto run = [] {
    run_ordered<int>(
        64, Counter{0, 1'000'000}, [](int&) {}, [](int&) {});
  };
  const AddressSpaceLimit limit(20 << 20);  // two stacks of 8 MiB
  EXPECT_THROW(run(), std::system_error);
}

TEST(OrderedPipeline, HoldsAtMostTwoItemsAWorker) {
  std::atomic<int> taken = 0;
  int consumed = 0;
  int most = 0;
  Counter counter{0, 200};
  run_ordered<int>(
      3,
      [&](int& item) {
        ++taken;
        return counter(item);
      },
      [](int&) {},
      [&](int&) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        most = std::max(most, taken - consumed++);
      });
  EXPECT_LE(most, 6);
}

}  // namespace
}  // namespace lockstep
