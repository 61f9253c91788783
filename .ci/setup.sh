#!/usr/bin/env bash
# Installs what Cantlie needs: system packages, .venv, the built client. Does nothing that is already done.
# usage: .ci/setup.sh [run|test]      test adds Chromium and the development packages of the client
set -euo pipefail
cd "$(dirname "$0")/.."
purpose="${1:-run}"

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
missing() { printf 'Missing: %s\n' "$*" >&2; exit 2; }

# --- interpreters ------------------------------------------------------------------------------------------------
python=""
for candidate in python3.11 python3.12 python3; do
  if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))'; then
    python="$candidate"; break
  fi
done
[ -n "$python" ] || missing "Python 3.11 or 3.12 (Debian: apt-get install python3 python3-venv)"
command -v node >/dev/null || missing "Node 20 or newer (https://nodejs.org)"
node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' || missing "Node 20 or newer; found $(node --version)"
command -v npm >/dev/null || missing "npm (it comes with Node 20)"

# --- system packages ---------------------------------------------------------------------------------------------
# Open3D links against EGL, OpenGL, X11, libusb and OpenMP; meshoptimizer compiles at install.
packages=()
has_library() { { ldconfig -p 2>/dev/null || /sbin/ldconfig -p; } | grep -q "$1"; }
has_library libEGL.so.1 || packages+=(libegl1)
has_library libGL.so.1 || packages+=(libgl1)
has_library libX11.so.6 || packages+=(libx11-6)
has_library libusb-1.0.so.0 || packages+=(libusb-1.0-0)
has_library libgomp.so.1 || packages+=(libgomp1)
command -v g++ >/dev/null || packages+=(g++)
"$python" -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
if [ "$purpose" = test ] && ! command -v chromium >/dev/null && [ -z "${CANTLIE_CHROMIUM:-}" ]; then packages+=(chromium); fi
if [ "${#packages[@]}" -gt 0 ]; then
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root="sudo -n"
    else missing "system packages. Run: sudo apt-get install ${packages[*]}"; fi
  fi
  command -v apt-get >/dev/null || missing "system libraries that Debian packages as: ${packages[*]}"
  say "Installing system packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >/tmp/cantlie-apt.log 2>&1 \
    || { tail -5 /tmp/cantlie-apt.log >&2; missing "system packages. Run: apt-get install ${packages[*]}"; }
fi

# --- Python ------------------------------------------------------------------------------------------------------
python_stamp=".venv/.setup-$(cat pyproject.toml requirements.lock | sha256sum | cut -c1-16)"
if [ ! -e "$python_stamp" ]; then
  say "Installing Python packages into .venv (some minutes the first time)"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  pip=(.venv/bin/python -m pip --disable-pip-version-check install --quiet)
  "${pip[@]}" "torch==2.13.0"          # first and alone: CPU or CUDA build, as the machine's pip chooses
  "${pip[@]}" --requirement requirements.lock
  "${pip[@]}" hatchling editables
  "${pip[@]}" --no-deps --no-build-isolation --editable .
  rm -f .venv/.setup-*; touch "$python_stamp"
fi

# --- client ------------------------------------------------------------------------------------------------------
npm_stamp="headset_client/node_modules/.setup-$(sha256sum headset_client/package-lock.json | cut -c1-16)"
if [ ! -e "$npm_stamp" ]; then
  say "Installing the client's packages"
  (cd headset_client && npm ci --no-audit --no-fund --loglevel=error)
  touch "$npm_stamp"
fi
client_hash="$(cd headset_client && find . -path ./node_modules -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)"
if [ ! -e "streaming/static/.built-$client_hash" ]; then
  say "Building the client"
  (cd headset_client && npm run --silent build)
  rm -f streaming/static/.built-*; touch "streaming/static/.built-$client_hash"
fi
