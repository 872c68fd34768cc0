# The CUDA flavour needs headers and libraries only, no nvcc: from the PyPI wheels beside LibTorch, from an installed
# toolkit, or from CMAKE_PREFIX_PATH. Defines lockstep::cuda where it is on.
include(CudaRuntime)
set(LOCKSTEP_WITH_CUDA OFF)

# lockstep_unresolved(RESULT file): the shared libraries that the dynamic loader would not find for `file`.
function(lockstep_unresolved result file)
  execute_process(COMMAND ldd "${file}" OUTPUT_VARIABLE libraries ERROR_QUIET)
  string(REGEX MATCHALL "[^\n\t ]+ => not found" unresolved "${libraries}")
  list(TRANSFORM unresolved REPLACE " => not found" "")
  set(${result} ${unresolved} PARENT_SCOPE)
endfunction()

if(NOT LOCKSTEP_CUDA STREQUAL "OFF")
  # Beside another LibTorch lie other wheels: what was found beside the last one is forgotten.
  if(NOT "${LOCKSTEP_CUDA_FOUND_FOR}" STREQUAL "${LOCKSTEP_LIBTORCH}")
    unset(CUDA_RUNTIME_INCLUDE_DIR CACHE)
    unset(CUDA_RUNTIME_LIBRARY CACHE)
    unset(NCCL_INCLUDE_DIR CACHE)
    unset(NCCL_LIBRARY CACHE)
    set(LOCKSTEP_CUDA_FOUND_FOR "${LOCKSTEP_LIBTORCH}" CACHE INTERNAL "The LibTorch that the CUDA paths belong to")
  endif()
  # cu13 holds all that CUDA 13's wheels share; CUDA 12's have a folder each.
  file(GLOB wheel_roots "${LOCKSTEP_LIBTORCH}/../nvidia/cu[0-9]*" "${LOCKSTEP_LIBTORCH}/../nvidia/cuda_runtime"
    "${LOCKSTEP_LIBTORCH}/../nvidia/nccl")
  set(cuda_roots ${wheel_roots} "$ENV{CUDA_HOME}" /usr/local/cuda)
  find_path(CUDA_RUNTIME_INCLUDE_DIR cuda_runtime_api.h HINTS ${cuda_roots} PATH_SUFFIXES include)
  find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${cuda_roots} PATH_SUFFIXES include)
  # The very one that LibTorch is linked to: two runtimes of CUDA in one process would not know of each other's streams.
  lockstep_cuda_runtime_name(cuda_runtime "${torch_lib}/libc10_cuda.so")
  find_library(CUDA_RUNTIME_LIBRARY NAMES ${cuda_runtime} HINTS "${torch_lib}" ${cuda_roots} PATH_SUFFIXES lib64 lib)
  find_library(NCCL_LIBRARY NAMES libnccl.so.2 nccl HINTS ${cuda_roots} PATH_SUFFIXES lib64 lib)
  mark_as_advanced(CUDA_RUNTIME_INCLUDE_DIR NCCL_INCLUDE_DIR CUDA_RUNTIME_LIBRARY NCCL_LIBRARY)

  set(cuda_missing "")
  foreach(what CUDA_RUNTIME_INCLUDE_DIR NCCL_INCLUDE_DIR CUDA_RUNTIME_LIBRARY NCCL_LIBRARY)
    if(NOT ${what})
      list(APPEND cuda_missing ${what})
    endif()
  endforeach()
  if(CUDA_RUNTIME_INCLUDE_DIR AND cuda_runtime)
    lockstep_cuda_header_mismatch(mismatch "${cuda_runtime}" "${CUDA_RUNTIME_INCLUDE_DIR}")
    list(APPEND cuda_missing ${mismatch})
  endif()
  if(EXISTS "${torch_lib}/libtorch_cuda.so")
    # A program linked to a libtorch_cuda.so that does not load would not start at all, on a CPU either.
    lockstep_unresolved(unresolved "${torch_lib}/libtorch_cuda.so")
    list(APPEND cuda_missing ${unresolved})
  else()
    list(APPEND cuda_missing libtorch_cuda.so)
  endif()
  list(JOIN cuda_missing ", " cuda_missing)

  if(NOT cuda_missing)
    set(LOCKSTEP_WITH_CUDA ON)
    add_library(lockstep::torch_cuda SHARED IMPORTED)
    set_target_properties(lockstep::torch_cuda PROPERTIES IMPORTED_LOCATION "${torch_lib}/libtorch_cuda.so")
    add_library(lockstep::c10_cuda SHARED IMPORTED)
    set_target_properties(lockstep::c10_cuda PROPERTIES IMPORTED_LOCATION "${torch_lib}/libc10_cuda.so")
    add_library(lockstep::cuda INTERFACE IMPORTED)
    target_include_directories(lockstep::cuda SYSTEM INTERFACE
      "${CUDA_RUNTIME_INCLUDE_DIR}" "${NCCL_INCLUDE_DIR}")
    # torch_cuda registers its kernels from static constructors: the linker must keep it although no symbol asks for it,
    # where the compiler's default is --as-needed (Ubuntu's).
    set(CMAKE_LINK_LIBRARY_USING_KEPT "LINKER:--push-state,--no-as-needed" "<LIB_ITEM>" "LINKER:--pop-state")
    set(CMAKE_LINK_LIBRARY_USING_KEPT_SUPPORTED TRUE)
    target_link_libraries(lockstep::cuda INTERFACE "$<LINK_LIBRARY:KEPT,lockstep::torch_cuda>" lockstep::c10_cuda
      "${NCCL_LIBRARY}" "${CUDA_RUNTIME_LIBRARY}" lockstep::torch_cpu)
  elseif(LOCKSTEP_CUDA STREQUAL "ON")
    message(FATAL_ERROR "LOCKSTEP_CUDA=ON, but these were not found: ${cuda_missing}. "
      "tools/setup.sh --cuda fetches them; or set CMAKE_PREFIX_PATH, and LD_LIBRARY_PATH for the libraries.")
  else()
    message(STATUS "No CUDA, because these were not found: ${cuda_missing}")
  endif()
endif()
message(STATUS "CUDA and NCCL: ${LOCKSTEP_WITH_CUDA}")
