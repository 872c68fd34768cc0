#include "launcher/job/passed_environment.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace lockstep {
namespace {

constexpr std::string_view kNames[] = {
    // Who runs it, and where.
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR",
    "TMP", "TEMP", "SCRATCH", "LOCAL_SCRATCH", "WORK", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME",
    "HOSTNAME",
    // What is loaded. LD_PRELOAD is how memory allocators, profilers and the tests of faults get
    // in;
    // who can set it can start any program as this user anyway.
    "LD_LIBRARY_PATH", "LD_PRELOAD", "LD_BIND_NOW", "GLIBC_TUNABLES", "CUBLAS_WORKSPACE_CONFIG",
    "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS",
    // `module` in a batch script is a function that the environment brings.
    "BASH_ENV", "ENV", "MODULEPATH", "MODULESHOME", "MODULES_CMD", "LOADEDMODULES", "_LMFILES_",
    // Containers; not all that begins so, since passwords of registries do too.
    "APPTAINER_BIND", "APPTAINER_BINDPATH", "APPTAINER_CACHEDIR", "APPTAINER_TMPDIR",
    "SINGULARITY_BIND", "SINGULARITY_BINDPATH", "SINGULARITY_CACHEDIR", "SINGULARITY_TMPDIR"};

constexpr std::string_view kPrefixes[] = {
    "LC_",     "LOCKSTEP_", "OMPI_",      "OPAL_", "ORTE_",    "PMIX_",    "PRTE_",
    "PMI_",    "UCX_",      "UCC_",       "FI_",   "HWLOC_",   "NCCL_",    "NVSHMEM_",
    "CUDA_",   "CUDNN_",    "OMP_",       "GOMP_", "KMP_",     "MKL_",     "OPENBLAS_",
    "MALLOC_", "NVIDIA_",   "TORCH_",     "AT_",   "PYTORCH_", "HDF5_",    "SLURM_",
    "SBATCH_", "SRUN_",     "BASH_FUNC_", "LMOD_", "__LMOD",   "__MODULES"};

constexpr std::string_view kSecretEnds[] = {"_KEY", "_TOKEN", "_SECRET", "_PASSWORD"};

bool is_passed(std::string_view name) {
  const auto begins = [&](std::string_view prefix) { return name.starts_with(prefix); };
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  return std::ranges::find(kNames, name) != std::end(kNames) ||
         (std::ranges::any_of(kPrefixes, begins) && std::ranges::none_of(kSecretEnds, ends));
}

std::set<std::string> names_to_add(const Environment& environment) {
  std::set<std::string> names;
  const auto found = environment.find("LOCKSTEP_PASS");
  if (found == environment.end()) return names;
  std::istringstream list(found->second);
  for (std::string name; std::getline(list, name, ',');) names.insert(name);
  return names;
}

}  // namespace

Environment passed_environment(const Environment& environment) {
  const std::set<std::string> added = names_to_add(environment);
  Environment passed;
  std::ranges::copy_if(environment, std::inserter(passed, passed.end()), [&](const auto& variable) {
    return is_passed(variable.first) || added.contains(variable.first);
  });
  return passed;
}

}  // namespace lockstep
