#!/bin/sh
# Says how the addon is linked with the demangler of libstdc++'s static library (addon/demangle.cc): prints flags for the linker.
#
#   idea   of the whole library only one object is taken, which needs nothing but libc; where there is no static library it prints nothing,
#          and the addon does with the shared one
set -eu
cd "$(dirname "$0")/.."
archive=$(${CXX:-g++} -print-file-name=libstdc++.a)
if [ -f "$archive" ] && ar t "$archive" | grep -qx cp-demangle.o; then
  mkdir -p build
  folder=$(mktemp -d build/demangler.XXXXXX)
  (cd "$folder" && ar x "$archive" cp-demangle.o && ar rc libdemangle.a cp-demangle.o)
  mv "$folder/libdemangle.a" build/libdemangle.a
  rm -r "$folder"
  echo "-Wl,-u,__gcclibcxx_demangle_callback -Wl,--exclude-libs,libdemangle.a $PWD/build/libdemangle.a"
fi
