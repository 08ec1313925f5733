#!/bin/sh
# Makes .cache/debian-12: Debian 12's C library, shell and coreutils, and what Node's executable is linked with. No compiler, no headers.
#
#   idea   packages are only unpacked: setting them up would take a minute, and Node needs nothing of it but a user called root
set -eu
cd "$(dirname "$0")/.."
root=.cache/debian-12
rm -rf "$root" "$root.new"
mmdebstrap --quiet --mode=root --variant=extract --include=libstdc++6,libatomic1,bash,dash,coreutils bookworm "$root.new"
mkdir -p "$root.new/root" "$root.new/proc" "$root.new/sys" "$root.new/app"
echo 'root:x:0:0:root:/root:/bin/sh' >"$root.new/etc/passwd"
mv "$root.new" "$root"
