# The CUDA flavour needs headers and libraries only, no nvcc: from an installed toolkit, from the PyPI wheels beside
# LibTorch, or from CMAKE_PREFIX_PATH. Defines lockstep::cuda where it is on.
set(LOCKSTEP_WITH_CUDA OFF)
if(NOT LOCKSTEP_CUDA STREQUAL "OFF")
  file(GLOB wheel_roots "${LOCKSTEP_LIBTORCH}/../nvidia/cu13" "${LOCKSTEP_LIBTORCH}/../nvidia/nccl")
  find_path(CUDA_RUNTIME_INCLUDE_DIR cuda_runtime_api.h
    HINTS ${wheel_roots} /usr/local/cuda PATH_SUFFIXES include)
  find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${wheel_roots} /usr/local/cuda PATH_SUFFIXES include)
  find_library(CUDA_RUNTIME_LIBRARY NAMES cudart libcudart.so.13 libcudart.so.12
    HINTS ${wheel_roots} /usr/local/cuda PATH_SUFFIXES lib64 lib)
  find_library(NCCL_LIBRARY NAMES nccl libnccl.so.2
    HINTS ${wheel_roots} /usr/local/cuda PATH_SUFFIXES lib64 lib)
  mark_as_advanced(CUDA_RUNTIME_INCLUDE_DIR NCCL_INCLUDE_DIR CUDA_RUNTIME_LIBRARY NCCL_LIBRARY)
  set(cuda_missing "")
  foreach(what CUDA_RUNTIME_INCLUDE_DIR NCCL_INCLUDE_DIR CUDA_RUNTIME_LIBRARY NCCL_LIBRARY)
    if(NOT ${what})
      list(APPEND cuda_missing ${what})
    endif()
  endforeach()
  if(NOT EXISTS "${torch_lib}/libtorch_cuda.so")
    list(APPEND cuda_missing "${torch_lib}/libtorch_cuda.so")
  endif()
  if(NOT cuda_missing)
    set(LOCKSTEP_WITH_CUDA ON)
    add_library(lockstep::torch_cuda SHARED IMPORTED)
    set_target_properties(lockstep::torch_cuda PROPERTIES IMPORTED_LOCATION "${torch_lib}/libtorch_cuda.so")
    add_library(lockstep::c10_cuda SHARED IMPORTED)
    set_target_properties(lockstep::c10_cuda PROPERTIES IMPORTED_LOCATION "${torch_lib}/libc10_cuda.so")
    add_library(lockstep::cuda INTERFACE IMPORTED)
    target_include_directories(lockstep::cuda SYSTEM INTERFACE
      "${CUDA_RUNTIME_INCLUDE_DIR}" "${NCCL_INCLUDE_DIR}")
    # torch_cuda registers its kernels from static constructors, so the linker must keep it although no symbol asks for it.
    target_link_libraries(lockstep::cuda INTERFACE "LINKER:--no-as-needed" lockstep::torch_cuda lockstep::c10_cuda
      "${NCCL_LIBRARY}" "${CUDA_RUNTIME_LIBRARY}" "LINKER:--as-needed" lockstep::torch_cpu)
    target_compile_definitions(lockstep::cuda INTERFACE LOCKSTEP_WITH_CUDA)
  elseif(LOCKSTEP_CUDA STREQUAL "ON")
    message(FATAL_ERROR "LOCKSTEP_CUDA=ON, but these were not found: ${cuda_missing}. "
      "tools/setup.sh --cuda fetches them; or set CMAKE_PREFIX_PATH.")
  endif()
endif()
message(STATUS "CUDA and NCCL: ${LOCKSTEP_WITH_CUDA}")
