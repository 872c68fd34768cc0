#include <cassert>
#include <vector>

#include "comm/device/tensor_transport.h"

namespace lockstep {
namespace {

std::span<float> elements(const at::Tensor& tensor) {
  assert(tensor.is_contiguous() && tensor.device().is_cpu());
  return {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

class HostTransport final : public TensorTransport {
 public:
  explicit HostTransport(Communicator& communicator) : communicator_(communicator) {}

  at::TensorOptions options() const override {
    return at::TensorOptions().dtype(at::kFloat).device(at::kCPU);
  }

  void exchange(std::span<const TensorMessage> sends,
                std::span<const TensorMessage> receives) override {
    std::vector<Outgoing> out;
    std::vector<Incoming> in;
    for (const TensorMessage& m : sends)
      out.push_back({.to = m.peer, .data = std::as_bytes(elements(m.data))});
    for (const TensorMessage& m : receives) {
      in.push_back({.from = m.peer, .data = std::as_writable_bytes(elements(m.data))});
    }
    communicator_.exchange(out, in);
  }

  void all_gather(const at::Tensor& all) override {
    const std::span<std::byte> bytes = std::as_writable_bytes(elements(all));
    const std::size_t part = bytes.size() / communicator_.size();
    communicator_.all_gather(bytes.subspan(part * communicator_.rank(), part), bytes);
  }

  void all_reduce_sum(const at::Tensor& data) override {
    communicator_.all_reduce_sum(elements(data));
  }

  void run_beside(const std::function<void()>& work) override { work(); }
  void join() override {}
  void wait([[maybe_unused]] const std::function<bool()>& done) override {
    assert(done());  // work on a CPU is done when its call returns
  }

 private:
  Communicator& communicator_;
};

}  // namespace

std::shared_ptr<TensorTransport> make_host_transport(Communicator& communicator) {
  return std::make_shared<HostTransport>(communicator);
}

}  // namespace lockstep
