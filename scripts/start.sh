#!/bin/sh
# `npm start -- ARGS`: set-up when something is missing, then bin/tbpf ARGS, seen from the folder where npm was called.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
sh "$root/scripts/setup.sh"
cd "${INIT_CWD:-$PWD}"
exec "$root/bin/tbpf" "$@"
