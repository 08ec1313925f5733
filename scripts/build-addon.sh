#!/bin/sh
# Builds the addon: build/Release/tbpf.node.
#
#   in     binding.gyp, addon/; npm_config_nodedir when set, else the headers in Node's own prefix
#   idea   not `rebuild`: what did not change is not compiled again, and a tbpf that runs meanwhile finds the addon all the time
#   facts  node-gyp fetches headers from the network unless it gets their folder; here it always gets it
set -eu
cd "$(dirname "$0")/.."
nodedir=${npm_config_nodedir:-}
if [ -z "$nodedir" ]; then
  prefix=$(node -p "require('node:path').resolve(require('node:fs').realpathSync(process.execPath), '../..')")
  for candidate in "$prefix" "$prefix/lib/node"; do
    if [ -f "$candidate/include/node/node_version.h" ]; then nodedir=$candidate; break; fi
  done
fi
if [ ! -f "$nodedir/include/node/node_version.h" ]; then
  echo "The headers of Node.js are not in ${nodedir:-$prefix}/include/node: install them there, or set npm_config_nodedir to the folder that has include/node." >&2
  exit 1
fi
wanted=$(node -p process.versions.node)
found=$(awk '/#define NODE_(MAJOR|MINOR|PATCH)_VERSION/ { v = v (v == "" ? "" : ".") $3 } END { print v }' "$nodedir/include/node/node_version.h")
if [ "${found%%.*}" != "${wanted%%.*}" ]; then
  echo "The headers in $nodedir/include/node are Node.js $found, but node is $wanted: set npm_config_nodedir to headers of the same major version." >&2
  exit 1
fi
exec node node_modules/node-gyp/bin/node-gyp.js configure build --nodedir="$nodedir" --jobs=max "$@"
