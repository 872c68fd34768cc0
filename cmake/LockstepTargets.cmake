# lockstep_library(NAME SOURCES files... [LINK libraries...] [PRIVATE libraries...]): the library of one folder,
# target lockstep_NAME, alias lockstep::NAME. LINK is what its headers need, PRIVATE what only its sources do.
function(lockstep_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINK;PRIVATE" ${ARGN})
  add_library(lockstep_${name} STATIC ${arg_SOURCES})
  add_library(lockstep::${name} ALIAS lockstep_${name})
  target_include_directories(lockstep_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  target_link_libraries(lockstep_${name} PUBLIC ${arg_LINK} PRIVATE ${arg_PRIVATE})
  lockstep_compile_options(lockstep_${name})
endfunction()

# Warnings are errors for our own code; imported libraries' headers are SYSTEM and stay silent.
function(lockstep_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror)
  if(LOCKSTEP_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LOCKSTEP_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${LOCKSTEP_SANITIZE})
  endif()
  if(LOCKSTEP_FUZZ)  # clang warns of other things than gcc, which is who decides
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
      -fno-omit-frame-pointer -Wno-error)
    target_compile_definitions(${target} PRIVATE _GLIBCXX_ASSERTIONS)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

# What the label `gpu` marks: tests for machines with a GPU, which skip elsewhere. The CUDA flavour builds these alone.
add_custom_target(gpu_tests)
function(lockstep_label_test name)
  if("gpu" IN_LIST ARGN)
    add_dependencies(gpu_tests ${name})
  endif()
endfunction()

# lockstep_test(NAME SOURCES files... LINK libraries... [LABELS labels...] [PROCESSORS n]): a test program that is started
# as one process; CTest reports each of its tests. PROCESSORS says how many cores what it starts takes.
function(lockstep_test name)
  cmake_parse_arguments(arg "" "PROCESSORS" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT arg_PROCESSORS)
    set(arg_PROCESSORS 1)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest_main)
  lockstep_compile_options(${name})
  lockstep_label_test(${name} ${arg_LABELS})
  set(properties TIMEOUT 300 PROCESSORS ${arg_PROCESSORS})
  if(arg_LABELS)  # an empty value would take the next word for a label
    list(APPEND properties LABELS "${arg_LABELS}")
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60 PROPERTIES ${properties})
endfunction()

# lockstep_mpi_test(NAME RANKS counts... SOURCES files... LINK libraries... [LABELS labels...]): a test program run under
# mpirun once for each count. Its main is tests/mpi_main.cc: a failure on any rank fails the test.
function(lockstep_mpi_test name)
  cmake_parse_arguments(arg "" "" "RANKS;SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/mpi_main.cc")
  target_link_libraries(${name} PRIVATE ${arg_LINK} GTest::gmock GTest::gtest MPI::MPI_C)
  lockstep_compile_options(${name})
  lockstep_label_test(${name} ${arg_LABELS})
  foreach(ranks IN LISTS arg_RANKS)
    add_test(NAME ${name}.${ranks}_ranks COMMAND ${MPIEXEC_EXECUTABLE} --allow-run-as-root --oversubscribe
      --bind-to none --mca mpi_yield_when_idle 1 ${MPIEXEC_NUMPROC_FLAG} ${ranks} $<TARGET_FILE:${name}>)
    set_tests_properties(${name}.${ranks}_ranks PROPERTIES TIMEOUT 300 LABELS "mpi;${arg_LABELS}"
      PROCESSORS ${ranks})
  endforeach()
endfunction()
