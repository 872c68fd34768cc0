#include "comm/device/device_communicator.h"

#include <cstdlib>

namespace lockstep {

void DeviceCommunicator::abort(int exit_code) {
  host_.abort(exit_code);
  std::_Exit(exit_code);  // not reached; GCC forgets that a virtual call does not return
}

}  // namespace lockstep
