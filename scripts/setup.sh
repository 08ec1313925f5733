#!/bin/sh
# Set-up: everything between a fresh clone on Debian 12 with Node 20 and a tbpf that runs.
#
#   in     --for run (default) | test | bench | vm | pack    whose Debian packages are wanted; --check only says what is missing
#   out    node_modules/, build/Release/*.node, the generated parser, dist/; for test and pack prebuilt/ too; a word on stderr only when something is done
#   idea   each step has a stamp in .cache/setup holding a hash of what it was made from; same hash, nothing to do
#   facts  nothing is downloaded but Debian packages (when root) and what package-lock.json names; the headers of Node come from its own prefix
set -eu

cd "$(dirname "$0")/.."
purpose=run
check_only=no
while [ $# -gt 0 ]; do
  case $1 in
    --for) purpose=${2:?--for needs a purpose: run, test, bench, vm or pack}; shift ;;
    --check) check_only=yes ;;
    *) echo "usage: scripts/setup.sh [--for run|test|bench|vm|pack] [--check]" >&2; exit 2 ;;
  esac
  shift
done

stamps=.cache/setup
log=$stamps/log
mkdir -p "$stamps"

say() { echo "tbpf set-up: $*" >&2; }
die() { say "$*"; exit 1; }

# One set-up at a time: two test runs may start together.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$stamps/lock"
  flock 9
fi

# ---- Node ------------------------------------------------------------------------------------------------------------------------
command -v node >/dev/null 2>&1 || die "node is missing: install Node.js 20 or later"
command -v npm >/dev/null 2>&1 || die "npm is missing: it comes with Node.js"
node_version=$(node -p 'process.version + "-" + process.arch')
case $node_version in
  v?.*|v1?.*) die "Node.js ${node_version%-*} is too old: 20 or later is needed" ;;
esac

# ---- Debian packages -------------------------------------------------------------------------------------------------------------
build_packages='g++ make python3 pkg-config libbpf-dev libelf-dev zlib1g-dev'
vm_packages='qemu-system-x86 busybox-static xfsprogs'
case $purpose in
  run | pack) packages=$build_packages ;;
  vm) packages="$build_packages $vm_packages" ;;
  bench) packages="$build_packages clang bpftool bpftrace" ;;
  test) packages="$build_packages $vm_packages clang clang-format llvm bpftool binutils mmdebstrap systemtap-sdt-dev tmux chromium-headless-shell prometheus" ;;
  *) die "--for takes run, test, bench, vm or pack, not '$purpose'" ;;
esac

# The packages among "$@" that are not installed.
absent() {
  dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null |
    awk -v want="$*" '/^ii/ { have[$NF] = 1 } END { n = split(want, w, " "); for (i = 1; i <= n; i++) if (!(w[i] in have)) printf "%s ", w[i] }'
}

if ! command -v dpkg-query >/dev/null 2>&1; then
  command -v g++ >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1 && pkg-config --exists libbpf libelf zlib 2>/dev/null ||
    die "this is not a Debian system; install what these packages hold by its own means, then run it again: $packages"
else
  missing=$(absent $packages)
  if [ -n "$missing" ]; then
    if [ "$check_only" = yes ]; then die "missing Debian packages: $missing"; fi
    if [ "$(id -u)" != 0 ]; then
      die "missing Debian packages, and only root can install them. Run as root:
    apt-get install --no-install-recommends $missing"
    fi
    say "installing Debian packages: $missing"
    export DEBIAN_FRONTEND=noninteractive
    # The index is fetched only when apt does not know the packages, or knows versions that are gone from the mirror.
    apt-get install -y --no-install-recommends $missing >"$log" 2>&1 </dev/null || {
      { apt-get update && apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null ||
        { tail -n 20 "$log" >&2; die "apt-get could not install $missing (the whole log: $log)"; }
    }
  fi
fi

# ---- the steps that are made from files ------------------------------------------------------------------------------------------
# hash PATH…: one hash for the contents and the names of all files below the paths.
hash() { find "$@" -type f ! -name '*.generated.ts' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum | cut -c1-32; }

# step NAME RESULT KEY COMMAND…: runs COMMAND unless RESULT exists and was made from KEY.
step() {
  name=$1 result=$2 key=$3
  shift 3
  if [ -e "$result" ] && [ "$(cat "$stamps/$name" 2>/dev/null)" = "$key" ]; then return 0; fi
  if [ "$check_only" = yes ]; then die "$name: not up to date"; fi
  rm -f "$stamps/$name"
  say "$name"
  "$@" >"$log" 2>&1 </dev/null 9>&- || { tail -n 40 "$log" >&2; die "$name failed: $* (the whole log: $log)"; }
  [ -e "$result" ] || { tail -n 40 "$log" >&2; die "$name: $* ended well and left no $result"; }
  echo "$key" >"$stamps/$name"
}

# Install scripts stay off: npm would build the addon by itself, for it sees binding.gyp, and the only other one (esbuild's) just
# checks that its platform package is there. A tree that holds what the lock file names already is kept as it is.
install_packages() {
  node scripts/check-node-modules.mjs || npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier
}

step 'npm packages' node_modules/.package-lock.json "$(hash package-lock.json) $node_version" install_packages
step 'addon' build/Release/tbpf.node "$(hash addon binding.gyp node_modules/node-addon-api/package.json) $node_version $(pkg-config --modversion libbpf)" sh scripts/build-addon.sh
step 'grammar' lib/compiler/parse/grammar.generated.ts "$(hash grammar scripts/grammar.mjs)" node scripts/grammar.mjs
bundles() { node scripts/bundle.mjs && node scripts/bundle-pages.mjs && node scripts/bundle-library.mjs; }
step 'bundle' dist/cjs/index.cjs "$(hash lib tools grammar bin scripts/bundle.mjs scripts/bundle-library.mjs scripts/bundle-pages.mjs scripts/page.mjs scripts/bundle-parts.mjs scripts/checked-lexers.mjs scripts/code-cache.mjs scripts/entry-points.mjs scripts/licenses.mjs package-lock.json) $node_version" bundles
case $purpose in test | pack)
  step 'types' dist/types/cjs/package.json "$(hash lib tools scripts/types.mjs scripts/entry-points.mjs tsconfig.json tsconfig.build.json package-lock.json)" node scripts/types.mjs
  case $node_version in *-x64) step 'libraries beside the addon' prebuilt/linux-x64-glibc/tbpf.node "$(hash build/Release/tbpf.node scripts/prebuild.mjs)" node scripts/prebuild.mjs ;; esac ;;
esac
if [ "$purpose" = test ]; then
  step 'playground' dist/playground/index.html "$(hash lib grammar docs/language.md editors/vscode/syntaxes test/fixtures/btf scripts/bundle-playground.mjs scripts/page.mjs scripts/language-examples.mjs scripts/checked-lexers.mjs package-lock.json)" node scripts/bundle-playground.mjs
fi
if [ "$purpose" = test ] && [ "$(id -u)" = 0 ] && command -v mmdebstrap >/dev/null 2>&1; then
  step 'Debian 12 in a folder' .cache/debian-12/bin/sh "$(hash scripts/debian-root.sh)" sh scripts/debian-root.sh
fi
