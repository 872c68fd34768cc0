# LibTorch as imported targets written by hand. Its own CMake package insists on a full CUDA toolkit with nvcc even for a
# program that compiles no CUDA code, and breaks with C++20 under CMake 3.25; two libraries and two include directories
# are all that this program needs.
if(NOT LOCKSTEP_LIBTORCH)
  message(FATAL_ERROR "LOCKSTEP_LIBTORCH is not set. tools/setup.sh fetches LibTorch and sets it; "
    "or give the directory of one that you have (it holds include/ and lib/).")
endif()
set(torch_lib "${LOCKSTEP_LIBTORCH}/lib")
foreach(file include/torch/csrc/api/include/torch/torch.h lib/libtorch_cpu.so lib/libc10.so)
  if(NOT EXISTS "${LOCKSTEP_LIBTORCH}/${file}")
    message(FATAL_ERROR "LOCKSTEP_LIBTORCH=${LOCKSTEP_LIBTORCH} has no ${file}: is that a LibTorch directory?")
  endif()
endforeach()

foreach(directory IN LISTS CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES)
  if(EXISTS "${directory}/ATen/ATen.h" AND NOT "${directory}" STREQUAL "${LOCKSTEP_LIBTORCH}/include")
    message(FATAL_ERROR "${directory} holds the headers of another LibTorch (Debian's libtorch-dev?), which the compiler "
      "would take in place of those in ${LOCKSTEP_LIBTORCH}. Remove them, or set LOCKSTEP_LIBTORCH to their LibTorch.")
  endif()
endforeach()

add_library(lockstep::c10 SHARED IMPORTED)
set_target_properties(lockstep::c10 PROPERTIES IMPORTED_LOCATION "${torch_lib}/libc10.so")
# Searched last: the directory also holds LibTorch's own fmt, of another version than the one that we and spdlog link.
target_compile_options(lockstep::c10 INTERFACE "SHELL:-idirafter ${LOCKSTEP_LIBTORCH}/include"
  "SHELL:-idirafter ${LOCKSTEP_LIBTORCH}/include/torch/csrc/api/include")

add_library(lockstep::torch_cpu SHARED IMPORTED)
set_target_properties(lockstep::torch_cpu PROPERTIES IMPORTED_LOCATION "${torch_lib}/libtorch_cpu.so")
target_link_libraries(lockstep::torch_cpu INTERFACE lockstep::c10 Threads::Threads)
# The wheel's libraries carry their own RUNPATH to what they need; the linker need not follow it.
target_link_options(lockstep::torch_cpu INTERFACE "LINKER:--allow-shlib-undefined")
