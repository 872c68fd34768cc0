#include "comm/device/cuda_device.h"
#include "core/error.h"

namespace lockstep {
namespace {

[[noreturn]] void fail_without_cuda() {
  fail(ExitCode::usage,
       "this program was built without CUDA: set train.device=cpu (eval: --device cpu), or build "
       "with LOCKSTEP_CUDA=ON");
}

}  // namespace

int cuda_device_count() { return 0; }

int select_cuda_device(const Topology& /*topology*/) { fail_without_cuda(); }

CudaDeviceInfo describe_cuda_device(int /*device*/) { fail_without_cuda(); }

std::map<std::string, std::int64_t> cuda_versions() { return {}; }

std::unique_ptr<Communicator> make_cuda_communicator(Communicator& /*host*/, int /*device*/,
                                                     double /*stall_timeout*/) {
  fail_without_cuda();
}

}  // namespace lockstep
