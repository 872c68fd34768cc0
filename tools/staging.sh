# A folder of lockstep that runs wherever it is put, with the libraries that it needs. Sourced after common.sh by the
# scripts that pack one (tools/package.sh); not a program.
# shellcheck shell=bash
#
#   install_staging_tools
#   stage_program BUILD_DIR STAGE_DIR                 what `cmake --install` lays out
#   stage_executables STAGE_DIR FOLDER FILE...        more programs of the build, into STAGE_DIR/FOLDER
#   stage_libraries STAGE_DIR EXCLUDE_REGEX FILE...   the libraries that files of the build need, into STAGE_DIR/lib
#   stage_openmpi BUILD_DIR STAGE_DIR EXCLUDE_REGEX   mpirun, orted, plugins and help texts, and their libraries
#   stage_libtorch BUILD_DIR STAGE_DIR                the build's LibTorch, as lib/torch/lib and lib/nvidia/*/lib
#   libtorch_regex BUILD_DIR                          prints an EXCLUDE_REGEX for the libraries of that LibTorch
#   required_glibc STAGE_DIR                          prints the oldest glibc that runs all of it, such as 2.36
#   write_archive STAGE_DIR FILE                      the folder as a .tar.xz
#
# An EXCLUDE_REGEX is matched with the path of a library on this machine (/usr/lib/x86_64-linux-gnu/libstdc++.so.6); an
# empty one excludes nothing. glibc's own libraries always stay out, because a program names its loader by an absolute
# path, and the loader and glibc must be of one version; so do those of NVIDIA's driver.
#
# Each staged file has a DT_RPATH relative to itself. Unlike RUNPATH it comes before LD_LIBRARY_PATH, so that a library
# of a loaded module does not take the place of the package's own. It also holds for libraries of the machine that are
# loaded later, such as drivers: those that drivers need too (libnl) must stay out.

install_staging_tools() {
  local missing=()
  command -v patchelf >/dev/null || missing+=(patchelf)
  command -v readelf >/dev/null || missing+=(binutils)
  command -v xz >/dev/null || missing+=(xz-utils)
  ((${#missing[@]} == 0)) || install_packages "packing" "${missing[@]}"
}

# cache_value BUILD_DIR NAME: what CMake keeps under this name.
cache_value() { sed -n "s/^$2:[A-Z]*=//p" "$1/CMakeCache.txt"; }

stage_program() {
  cmake --install "$1" --prefix "$2" --strip >/dev/null || die 1 "cmake --install failed; its message is above"
  set_library_path "$2" "$2/bin/lockstep"
}

stage_executables() {
  local stage="$1" folder="$2" file
  shift 2
  mkdir -p "$stage/$folder"
  for file in "$@"; do
    install -s "$file" "$stage/$folder/"
    set_library_path "$stage" "$stage/$folder/$(basename "$file")"
  done
}

# set_library_path STAGE_DIR FILE...: where the loader looks for what these staged files need. What the build linked
# from LibTorch's wheels has the same place beside lib/torch, which may be a link to a LibTorch elsewhere.
set_library_path() {
  local stage="$1" file lib wheels
  shift
  for file in "$@"; do
    lib="\$ORIGIN/$(realpath --relative-to "$(dirname "$file")" "$stage/lib")"
    lib="${lib%/.}"
    wheels="$(patchelf --print-rpath "$file" | tr ':' '\n' | sed -n "s|^/.*/nvidia/|:$lib/torch/../nvidia/|p" |
      tr -d '\n')"
    patchelf --force-rpath --set-rpath "$lib:$lib/torch/lib$wheels" "$file"
  done
}

# What belongs to the machine: glibc, and the libraries of NVIDIA's driver.
readonly glibc_regex='ld-linux.*|lib(c|m|mvec|dl|pthread|rt|util|resolv|nsl|anl|nss_[a-z]+|thread_db)'
readonly machine_regex="^($glibc_regex|libcuda|libnvidia-.*)\.so"

# needed_libraries FILE...: `NAME<tab>PATH` of each shared library that the loader finds for them on this machine,
# directly or through another, but for the machine's own. Fails where one is not found.
needed_libraries() {
  local name path unknown=""
  while IFS=$'\t' read -r name path; do
    if [[ "$name" =~ $machine_regex ]]; then
      continue
    elif [[ "$path" == "not found" ]]; then
      unknown+=" $name"
    else
      printf '%s\t%s/%s\n' "$name" "$(realpath "$(dirname "$path")")" "$(basename "$path")"
    fi
  done < <(ldd "$@" | sed -n 's/ (0x[0-9a-f]*)$//; s/^\t\([^ ]*\) => /\1\t/p' | sort -u)
  [[ -z "$unknown" ]] ||
    die 2 "the loader does not find$unknown, which $* need: set LD_LIBRARY_PATH to where they are"
}

stage_libraries() {
  local stage="$1" exclude="$2" needed name path staged=()
  shift 2
  needed="$(needed_libraries "$@")" || exit
  mkdir -p "$stage/lib"
  while IFS=$'\t' read -r name path; do
    [[ -n "$path" && ! -e "$stage/lib/$name" ]] || continue
    [[ -z "$exclude" || ! "$path" =~ $exclude ]] || continue
    install "$path" "$stage/lib/$name"
    set_library_path "$stage" "$stage/lib/$name"
    staged+=("$(realpath "$path")")
  done <<<"$needed"
  stage_licences "$stage" "${staged[@]}"
}

# stage_licences STAGE_DIR PATH...: the copyright files of the Debian packages that these come from. Where other files
# come from, their owner knows.
stage_licences() {
  local stage="$1" package
  shift
  if ! command -v dpkg-query >/dev/null || (($# == 0)); then return 0; fi
  mkdir -p "$stage/share/doc/lockstep/licences"
  # A package may name its files with or without the /usr that is there on disk.
  { dpkg-query -S "$@" "${@#/usr}" 2>/dev/null || true; } | sed 's/[:,].*//' | sort -u | while read -r package; do
    cp -L "/usr/share/doc/$package/copyright" "$stage/share/doc/lockstep/licences/$package.txt"
  done
}

# Open MPI's plugins for networks other than TCP need the drivers' libraries of the machine that they run on, so they
# stay out, like OpenSHMEM's. Debian's settings, which come along, switch them off anyway. NCCL has its own way to
# InfiniBand.
readonly absent_plugins_regex='lib(fabric|ibverbs|nl-3|psm2|psm_infinipath|ucp|oshmem)\.so'

stage_openmpi() {
  local build="$1" stage="$2" exclude="$3" bin prefix plugins pmix file originals=()
  bin="$(dirname "$(cache_value "$build" MPIEXEC_EXECUTABLE)")"
  [[ -x "$bin/ompi_info" ]] || die 2 "the MPI in $bin has no ompi_info: a package needs Open MPI 4"
  openmpi_place() { "$bin/ompi_info" --path "$1" --parsable | sed -n "s/^path:$1://p"; }
  prefix="$(openmpi_place prefix)" plugins="$(openmpi_place pkglibdir)"
  mkdir -p "$stage/bin" "$stage/libexec/openmpi" "$stage/lib/pmix" "$stage/share" "$stage/etc"

  # The plugins keep their place under Open MPI's prefix, so that OPAL_PREFIX alone is enough to find them.
  [[ "$plugins" == "$prefix"/* ]] || die 2 "Open MPI's plugins in $plugins are not under its prefix $prefix"
  originals=("$bin/orterun" "$bin/orted")
  install "${originals[@]}" "$stage/libexec/openmpi/"
  mkdir -p "$stage/${plugins#"$prefix"/}"
  for file in "$plugins"/mca_*.so; do
    [[ ! "$(ldd "$file")" =~ $absent_plugins_regex ]] || continue
    install -m 644 "$file" "$stage/${plugins#"$prefix"/}/"
    originals+=("$file")
  done
  cp -r "$(openmpi_place pkgdatadir)" "$stage/share/openmpi"
  cp -r "$(openmpi_place sysconfdir)" "$stage/etc/openmpi"
  rm -f "$stage"/share/openmpi/*-wrapper-data.txt # of mpicc

  # PMIx may be a library of its own, with plugins beside it.
  pmix="$(needed_libraries "${originals[@]}" | sed -n 's/^libpmix\.so[^\t]*\t//p')"
  if [[ -n "$pmix" ]]; then
    pmix="$(dirname "$(realpath "$pmix")")"
    install -m 644 "$pmix"/pmix/*.so "$stage/lib/pmix/"
    originals+=("$pmix"/pmix/*.so)
    cp -r "$pmix/../share/pmix" "$stage/share/pmix"
  fi
  set_library_path "$stage" "$stage"/libexec/openmpi/* "$stage/${plugins#"$prefix"/}"/*.so "$stage"/lib/pmix/*.so
  stage_libraries "$stage" "$exclude" "${originals[@]}"
  stage_licences "$stage" "$(realpath "$bin/orterun")"
  write_openmpi_places "$stage"
}

# Open MPI, PMIx and hwloc look for their files where Debian installs them, or where these variables point. The program
# reads this list before it starts MPI (launcher/job/package.h); mpirun and orted, which cannot, are started by a
# script. The hwloc plugins of another hwloc must not be loaded, and the package needs none: that folder does not exist.
write_openmpi_places() {
  local stage="$1"
  cat >"$stage/libexec/openmpi/places" <<'END'
OPAL_PREFIX=.
OPAL_SYSCONFDIR=etc/openmpi
PMIX_PREFIX=.
PMIX_LIBDIR=lib
PMIX_DATAROOTDIR=share
PMIX_SYSCONFDIR=etc
HWLOC_PLUGINS_PATH=lib/hwloc
END
  write_starter "$stage" mpirun "orterun\" --prefix \"\$package\""
  write_starter "$stage" orted 'orted"'
}

write_starter() {
  cat >"$1/bin/$2" <<END
#!/bin/sh
# The package's own $2, told where the package is.
package="\$(dirname "\$(dirname "\$(readlink -f "\$0")")")"
while IFS='=' read -r name place; do
  eval "[ -n \"\\\${\$name:-}\" ]" || export "\$name=\$package/\$place"
done <"\$package/libexec/openmpi/places"
# Without ssh Open MPI's way to other machines by it is an error even if there are none.
command -v ssh >/dev/null || command -v rsh >/dev/null || export OMPI_MCA_plm="\${OMPI_MCA_plm:-^rsh}"
exec "\$package/libexec/openmpi/$3 "\$@"
END
  chmod 755 "$1/bin/$2"
}

# libtorch_folders BUILD_DIR: LibTorch's own folder and, where it is from a wheel, that of the CUDA libraries beside it.
libtorch_folders() {
  local libtorch
  libtorch="$(realpath "$(cache_value "$1" LOCKSTEP_LIBTORCH)")"
  printf '%s\n' "$libtorch/lib"
  [[ ! -d "$libtorch/../nvidia" ]] || realpath "$libtorch/../nvidia"
}

libtorch_regex() {
  local folder regex=""
  while read -r folder; do
    # shellcheck disable=SC2001,SC2016
    regex+="|^$(sed 's/[][\.|$(){}?+*^]/\\&/g' <<<"$folder")/"
  done < <(libtorch_folders "$1")
  printf '%s\n' "${regex#|}"
}

# The layout is that of the wheels, whose libraries find each other by it. With CUDA all of them come: they load more
# than they are linked to (cuDNN's engines, NVRTC's headers).
stage_libtorch() {
  local build="$1" stage="$2" own wheels files file needed
  { read -r own && read -r wheels; } < <(libtorch_folders "$build") || true
  needed="$(needed_libraries "$build/lockstep")" || exit
  if grep -q '^libtorch_cuda\.so' <<<"$needed"; then
    files="$(find "$own" ${wheels:+"$wheels"} -name '*.so*' ! -name 'libtorch_python*' ! -name 'libshm*')"
  else
    files="$(cut -f 2 <<<"$needed" | grep -E "$(libtorch_regex "$build")")"
  fi
  while IFS= read -r file; do
    case "$file" in
      "$own"/*) copy_file "$file" "$stage/lib/torch/lib${file#"$own"}" ;;
      *) copy_file "$file" "$stage/lib/nvidia${file#"$wheels"}" ;;
    esac
  done <<<"$files"
  [[ -z "$wheels" ]] || stage_wheel_licences "$(dirname "$wheels")" "$stage"
}

copy_file() { mkdir -p "$(dirname "$2")" && cp -L --reflink=auto "$1" "$2"; }

# stage_wheel_licences WHEELS STAGE_DIR: of the wheels of which a library is staged.
stage_wheel_licences() {
  local wheel file
  for wheel in "$1"/*.dist-info; do
    while IFS=, read -r file _; do
      if [[ "$file" == *.so* && -e "$2/lib/$file" && -d "$wheel/licenses" ]]; then
        cp -rT "$wheel/licenses" "$2/share/doc/lockstep/licences/$(basename "$wheel" .dist-info)"
        break
      fi
    done <"$wheel/RECORD"
  done
}

required_glibc() {
  # readelf fails on the scripts among them.
  { find "$1" -type f \( -name '*.so*' -o -perm -u+x \) -exec readelf -VW {} + 2>/dev/null || true; } |
    grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1 | sed 's/GLIBC_//'
}

write_archive() {
  say "packing $(du -sm "$1" | cut -f 1) MB"
  tar -C "$(dirname "$1")" --sort=name --owner=0 --group=0 --numeric-owner -cf - "$(basename "$1")" | xz -T0 -6 >"$2" ||
    die 2 "$2 could not be written; is the disk full? --out puts it on another"
}
