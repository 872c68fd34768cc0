#include "checkpoint/agreement.h"

#include <array>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <vector>

#include "core/error.h"

namespace lockstep {

void do_together(Communicator& communicator, const std::function<void()>& work) {
  std::int64_t code = 0;  // of what this rank's work threw
  std::string message;
  try {
    work();
  } catch (const Error& error) {
    code = static_cast<std::int64_t>(error.code());
    message = error.what();
  } catch (const std::bad_alloc&) {
    code = static_cast<std::int64_t>(ExitCode::internal);
    message = "out of memory";
  } catch (const std::exception& error) {
    code = static_cast<std::int64_t>(ExitCode::internal);
    message = error.what();
  }
  std::vector<std::int64_t> codes(static_cast<std::size_t>(communicator.size()));
  communicator.all_gather(std::as_bytes(std::span(&code, 1)),
                          std::as_writable_bytes(std::span(codes)));
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const std::int64_t failure = codes[static_cast<std::size_t>(rank)];
    if (failure == 0) continue;
    message = broadcast_text(communicator, std::move(message), rank);
    if (rank != 0) message = fmt::format("rank {}: {}", rank, message);
    throw Error(static_cast<ExitCode>(failure), message);
  }
}

std::string broadcast_text(Communicator& communicator, std::string text, int root) {
  std::uint64_t size = text.size();
  communicator.broadcast(std::as_writable_bytes(std::span(&size, 1)), root);
  text.resize(size);
  communicator.broadcast(std::as_writable_bytes(std::span(text)), root);
  return text;
}

}  // namespace lockstep
