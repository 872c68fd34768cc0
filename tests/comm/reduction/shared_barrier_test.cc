#include "comm/reduction/shared_barrier.h"

#include <chrono>
#include <random>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace lockstep {
namespace {

constexpr int kMostProcesses = 8;

struct Shared {
  SharedBarrier barrier;
  int round_of[kMostProcesses];
};

/// Shared with child processes.
Shared* share() {
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : static_cast<Shared*>(memory);
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Runs `child(number)` in processes of their own; true where all return true.
template <typename Child>
bool in_processes(int count, const Child& child) {
  for (int i = 0; i < count; ++i) {
    if (fork() == 0) {
      alarm(60);
      _exit(child(i) ? 0 : 1);
    }
  }
  bool good = true;
  for (int i = 0; i < count; ++i) {
    int status = 0;
    good = wait(&status) > 0 && status == 0 && good;
  }
  return good;
}

TEST(SharedBarrier, NoProcessLeavesBeforeAllHaveArrived) {
  for (int processes : {1, 2, 4, kMostProcesses}) {
    Shared* shared = share();
    ASSERT_NE(shared, nullptr);
    EXPECT_TRUE(
        in_processes(processes,
                     [&](int self) {
                       std::mt19937 random(static_cast<unsigned>(self));
                       for (int round = 1; round <= 2000; ++round) {
                         if (random() % 64 == 0)
                           std::this_thread::sleep_for(std::chrono::microseconds(random() % 500));
                         shared->round_of[self] = round;
                         shared->barrier.arrive_and_wait(static_cast<std::uint32_t>(processes));
                         for (int other = 0; other < processes; ++other) {
                           if (shared->round_of[other] != round) return false;
                         }
                         shared->barrier.arrive_and_wait(static_cast<std::uint32_t>(processes));
                       }
                       return true;
                     }))
        << processes << " processes";
    munmap(shared, sizeof(Shared));
  }
}

TEST(SharedBarrier, SleepsThroughALongWait) {
  Shared* shared = share();
  ASSERT_NE(shared, nullptr);
  EXPECT_TRUE(in_processes(2, [&](int self) {
    if (self == 0) std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const double before = cpu_seconds();
    shared->barrier.arrive_and_wait(2);
    return cpu_seconds() - before < 0.1;
  }));
  munmap(shared, sizeof(Shared));
}

}  // namespace
}  // namespace lockstep
