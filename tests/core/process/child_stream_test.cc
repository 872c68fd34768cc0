#include "core/process/child_stream.h"

#include <csignal>
#include <cstdint>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/message_of.h"

namespace lockstep {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

/// The message with which a child that does `work` ends.
std::string end_of(const ChildStream::Work& work, const ChildLimits& limits = {},
                   ExitCode code = ExitCode::data) {
  return message_of(code, [&] {
    ChildStream child("'x': the reader", limits, work);
    std::vector<std::byte> message;
    while (child.next(message)) {
    }
  });
}

TEST(ChildStream, MessagesOfAnySizeComeInOrder) {
  const std::vector<std::string> texts = {"one", "", std::string(3'000'000, 'x'), "two",
                                          std::string(262'144, 'y')};
  ChildStream child("x", {}, [&](const ChildStream::Send& send) {
    for (const std::string& text : texts) send(bytes_of(text));
  });
  for (const std::string& text : texts) EXPECT_EQ(child.next_text(), text);
  std::vector<std::byte> message;
  EXPECT_FALSE(child.next(message));
  EXPECT_FALSE(child.next(message));
}

TEST(ChildStream, AnErrorOfTheWorkIsThrownWithItsCode) {
  EXPECT_EQ(
      end_of([](const auto&) { fail(ExitCode::usage, "no such dataset"); }, {}, ExitCode::usage),
      "no such dataset");
}

TEST(ChildStream, ACrashIsAnErrorThatNamesTheFile) {
  for (const int signal : {SIGKILL, SIGABRT, SIGFPE}) {
    EXPECT_THAT(end_of([signal](const auto& send) {
                  send(bytes_of("begun"));
                  ::raise(signal);
                }),
                AllOf(HasSubstr("'x': the reader crashed"), HasSubstr(::strsignal(signal))));
  }
  EXPECT_THAT(end_of([](const auto&) { ::_exit(7); }), HasSubstr("code 7"));
}

TEST(ChildStream, AHangIsEnded) {
  EXPECT_THAT(end_of([](const auto&) { std::this_thread::sleep_for(std::chrono::hours(1)); },
                     {.silence = std::chrono::milliseconds(200)}),
              HasSubstr("'x': the reader gave no answer"));
}

TEST(ChildStream, ALoopIsEndedAfterItsShareOfTheProcessor) {
  const auto loop = [](const auto& send) {
    send(std::vector<std::byte>(1 << 20));  // in time: it may compute again
    for (volatile bool on = true; on;) {
    }
  };
  EXPECT_THAT(
      end_of(loop, {.silence = std::chrono::minutes(4), .computing = std::chrono::seconds(1)}),
      HasSubstr("'x': the reader computed for more than 1 s without an answer"));
}

TEST(ChildStream, WhoSleepsTakesNoShareOfTheProcessor) {
  ChildStream child("x", {.computing = std::chrono::seconds(1)}, [](const auto& send) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    send(bytes_of("late"));
  });
  EXPECT_EQ(child.next_text(), "late");
}

TEST(ChildStream, MoreThanAnyMemoryIsTooMuch) {
  EXPECT_THAT(end_of([](const auto&) { std::vector<std::byte>().reserve(SIZE_MAX); }),
              HasSubstr("needs more than 4096 MiB of memory for it"));
}

TEST(ChildStream, MemoryIsLimited) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer ends a process that is refused memory, before std::bad_alloc";
#endif
  EXPECT_THAT(end_of(
                  [](const auto& send) {
                    std::vector<std::byte> large(std::size_t{256} << 20);
                    send(large);
                  },
                  {.memory_bytes = std::uint64_t{64} << 20}),
              HasSubstr("needs more than 64 MiB"));
}

TEST(ChildStream, AReaderThatStopsEarlyEndsTheChild) {
  const auto start = std::chrono::steady_clock::now();
  {
    ChildStream child("x", {}, [](const ChildStream::Send& send) {
      for (;;) send(bytes_of(std::string(100'000, 'x')));
    });
    EXPECT_EQ(child.next_text().size(), 100'000u);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(ChildStream, AnAnswerOfAnotherSizeIsNoAnswer) {
  EXPECT_THAT(message_of(ExitCode::data,
                         [] {
                           ChildStream child("x", {}, [](const ChildStream::Send& send) {
                             send(bytes_of("abc"));
                           });
                           child.next_value<std::uint64_t>();
                         }),
              HasSubstr("crashed"));
}

}  // namespace
}  // namespace lockstep
