#include <cassert>

#include "comm/device/stall_watch.h"
#include "comm/device/tensor_transport.h"

namespace lockstep {
namespace {

class SingleTransport final : public TensorTransport {
 public:
  SingleTransport(at::Device device, double stall_timeout)
      : device_(device), stall_timeout_(stall_timeout) {}

  at::TensorOptions options() const override {
    return at::TensorOptions().dtype(at::kFloat).device(device_);
  }
  void exchange([[maybe_unused]] std::span<const TensorMessage> sends,
                [[maybe_unused]] std::span<const TensorMessage> receives) override {
    assert(sends.empty() && receives.empty());
  }
  void all_gather(const at::Tensor& /*all*/) override {}
  void all_reduce_sum(const at::Tensor& /*data*/) override {}
  void run_beside(const std::function<void()>& work) override { work(); }
  void join() override {}
  void wait(const std::function<bool()>& done) override {
    watch_until(
        done, [] {}, stall_timeout_);
  }

 private:
  at::Device device_;
  double stall_timeout_;
};

}  // namespace

std::shared_ptr<TensorTransport> make_single_transport(at::Device device, double stall_timeout) {
  return std::make_shared<SingleTransport>(device, stall_timeout);
}

}  // namespace lockstep
