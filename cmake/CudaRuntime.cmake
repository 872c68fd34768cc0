# Which CUDA runtime a LibTorch belongs to. Included by Cuda.cmake, and by its test.

# lockstep_cuda_runtime_name(RESULT file): the file name of CUDA's runtime that a LibTorch's libc10_cuda.so is linked to,
# such as libcudart.so.13, or libcudart-9335f6a2.so.12 in an archive that brings its own. Empty where it is linked to none.
function(lockstep_cuda_runtime_name result file)
  execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${file}" OUTPUT_VARIABLE headers ERROR_QUIET)
  set(name "")
  if(headers MATCHES "NEEDED +(libcudart[^ \n]*)")
    set(name "${CMAKE_MATCH_1}")
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# lockstep_cuda_header_mismatch(RESULT name directory): what is wrong with cuda_runtime_api.h of `directory` for the runtime
# of this file name: another major version calls other functions than the library has. Empty where nothing is.
function(lockstep_cuda_header_mismatch result name directory)
  set(mismatch "")
  file(STRINGS "${directory}/cuda_runtime_api.h" line REGEX "define CUDART_VERSION +[0-9]+")
  string(REGEX MATCH "[0-9]+$" version "${line}")
  math(EXPR major "${version} / 1000")
  if(name MATCHES "\\.so\\.([0-9]+)" AND NOT CMAKE_MATCH_1 EQUAL major)
    set(mismatch "CUDA ${CMAKE_MATCH_1}'s cuda_runtime_api.h (LibTorch needs ${name}; ${directory} is CUDA ${major}'s)")
  endif()
  set(${result} "${mismatch}" PARENT_SCOPE)
endfunction()
