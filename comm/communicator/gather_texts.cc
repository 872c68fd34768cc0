#include "comm/communicator/gather_texts.h"

#include <algorithm>
#include <cstdint>

namespace lockstep {

std::vector<std::string> gather_texts(Communicator& communicator, std::string_view mine) {
  const std::uint64_t size = mine.size();
  std::vector<std::uint64_t> sizes(communicator.size());
  communicator.all_gather(std::as_bytes(std::span(&size, 1)),
                          std::as_writable_bytes(std::span(sizes)));

  const std::uint64_t width = std::ranges::max(sizes);
  std::string padded(mine);
  padded.resize(width);
  std::string all(width * sizes.size(), '\0');
  communicator.all_gather(std::as_bytes(std::span(padded)), std::as_writable_bytes(std::span(all)));

  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
    texts.push_back(all.substr(rank * width, sizes[rank]));
  }
  return texts;
}

}  // namespace lockstep
