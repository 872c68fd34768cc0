# Every library that lockstep links, found once. What is missing is gathered, so that one configure names all of it:
# tools/setup.sh reads the `missing Debian packages:` line and installs what it lists.
include(FindPackageHandleStandardArgs)
set(missing_packages "")

# find_c_library(NAME HEADER header LIBRARY name... DEBIAN package [PATH_SUFFIXES ...]): imported target lockstep::NAME.
function(find_c_library name)
  cmake_parse_arguments(arg "" "HEADER;DEBIAN" "LIBRARY;PATH_SUFFIXES" ${ARGN})
  foreach(found ${name}_INCLUDE_DIR ${name}_LIBRARY)
    if(NOT EXISTS "${${found}}")  # uninstalled since the last configure
      unset(${found} CACHE)
    endif()
  endforeach()
  find_path(${name}_INCLUDE_DIR ${arg_HEADER} PATH_SUFFIXES ${arg_PATH_SUFFIXES})
  find_library(${name}_LIBRARY NAMES ${arg_LIBRARY})
  mark_as_advanced(${name}_INCLUDE_DIR ${name}_LIBRARY)
  if(NOT ${name}_INCLUDE_DIR OR NOT ${name}_LIBRARY)
    set(missing_packages ${missing_packages} ${arg_DEBIAN} PARENT_SCOPE)
    return()
  endif()
  add_library(lockstep::${name} UNKNOWN IMPORTED)
  set_target_properties(lockstep::${name} PROPERTIES
    IMPORTED_LOCATION "${${name}_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${${name}_INCLUDE_DIR}")
endfunction()

# find_config_package(PACKAGE debian-package): a library that ships its own CMake package.
macro(find_config_package package debian)
  find_package(${package} QUIET)
  if(NOT ${package}_FOUND)
    list(APPEND missing_packages ${debian})
  endif()
endmacro()

find_config_package(Threads libc6-dev)
find_config_package(ZLIB zlib1g-dev)
find_config_package(fmt libfmt-dev)
find_config_package(spdlog libspdlog-dev)
find_config_package(nlohmann_json nlohmann-json3-dev)
find_config_package(yaml-cpp libyaml-cpp-dev)
find_config_package(CLI11 libcli11-dev)
find_c_library(xxhash HEADER xxhash.h LIBRARY xxhash DEBIAN libxxhash-dev)
find_c_library(jpeg HEADER jpeglib.h LIBRARY jpeg DEBIAN libjpeg62-turbo-dev)
find_c_library(spng HEADER spng.h LIBRARY spng DEBIAN libspng-dev)
find_c_library(webp HEADER webp/decode.h LIBRARY webp DEBIAN libwebp-dev)
find_c_library(webpdemux HEADER webp/demux.h LIBRARY webpdemux DEBIAN libwebp-dev)
find_c_library(hdf5 HEADER hdf5.h LIBRARY hdf5_serial hdf5 DEBIAN libhdf5-dev PATH_SUFFIXES hdf5/serial)
find_c_library(pcre2 HEADER pcre2.h LIBRARY pcre2-8 DEBIAN libpcre2-dev)
find_c_library(utf8proc HEADER utf8proc.h LIBRARY utf8proc DEBIAN libutf8proc-dev)
find_c_library(opencv_core HEADER opencv2/core.hpp LIBRARY opencv_core DEBIAN libopencv-core-dev
  PATH_SUFFIXES opencv4)
find_c_library(opencv_imgproc HEADER opencv2/imgproc.hpp LIBRARY opencv_imgproc DEBIAN libopencv-imgproc-dev
  PATH_SUFFIXES opencv4)
if(NOT LOCKSTEP_SANITIZE)
  find_package(MPI COMPONENTS C QUIET)
  if(NOT MPI_C_FOUND OR NOT MPIEXEC_EXECUTABLE)
    list(APPEND missing_packages libopenmpi-dev openmpi-bin)
  else()
    # Without MPI's C++ bindings: they left the standard in 2012, and the C library does not hold them.
    target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
  endif()
endif()
if(LOCKSTEP_TESTS)
  find_config_package(GTest libgtest-dev)
  if(NOT TARGET GTest::gmock)
    list(APPEND missing_packages libgmock-dev)
  endif()
endif()
if(LOCKSTEP_BENCHMARKS)
  find_config_package(benchmark libbenchmark-dev)
endif()

if(missing_packages)
  list(REMOVE_DUPLICATES missing_packages)
  list(JOIN missing_packages " " missing_packages)
  # STATUS prints one line, however long; FATAL_ERROR would wrap it.
  message(STATUS "missing Debian packages: ${missing_packages}")
  message(FATAL_ERROR "Libraries were not found: their Debian packages are listed above. tools/setup.sh installs them; "
    "or point CMAKE_PREFIX_PATH at where your own are.")
endif()

if(NOT LOCKSTEP_SANITIZE)
  include(LibTorch)
  include(Cuda)
endif()
