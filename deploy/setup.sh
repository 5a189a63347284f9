#!/usr/bin/env bash
# Make a Debian 12 machine ready for EBR: system packages, .venv, Kafka jars. Safe to repeat; the second run takes a second.
# Reads no standard input. Installs a system package only as root or through sudo; else it names what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON_VERSION=3.11
JAVA_AT_LEAST=17
STAMPS=.venv/ebr-setup  # what the last successful set-up was made of; it goes when .venv goes

say() { printf '[setup] %s\n' "$*"; }
digest() { sha256sum "$@" | sha256sum | cut -c1-16; }
stamp_is() { [ "$(cat "$STAMPS/$1" 2>/dev/null)" = "$2" ]; }
stamp() { mkdir -p "$STAMPS" && printf '%s\n' "$2" >"$STAMPS/$1"; }

# The command of a Python of our version that can make virtual environments and compile extensions.
find_python() {
  local candidate
  for candidate in "python$PYTHON_VERSION" python3; do
    if "$candidate" - "$PYTHON_VERSION" >/dev/null 2>&1 <<'PY'; then
import ensurepip, os, sys, sysconfig, venv
assert "%d.%d" % sys.version_info[:2] == sys.argv[1]
assert os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h"))
PY
      printf '%s\n' "$candidate"
      return
    fi
  done
  return 1
}

has_java() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p') || return 1
  [ -n "$version" ] && [ "$version" -ge "$JAVA_AT_LEAST" ]
}

missing_packages() {
  has_java || echo "openjdk-$JAVA_AT_LEAST-jre-headless"
  command -v mvn >/dev/null || echo maven
  find_python >/dev/null || echo "python$PYTHON_VERSION python$PYTHON_VERSION-venv python$PYTHON_VERSION-dev"
  command -v g++ >/dev/null || echo g++  # hnswlib is built from source
}

# How a system package may be installed here: nothing (root), a sudo that needs no password, a sudo that can ask.
become_root() {
  if [ "$(id -u)" = 0 ]; then echo env
  elif sudo -n true 2>/dev/null; then echo "sudo -n"
  elif command -v sudo >/dev/null && [ -t 0 ]; then echo sudo
  else return 1
  fi
}

install_system_packages() {
  local packages root
  packages=$(missing_packages | xargs)
  [ -n "$packages" ] || return 0
  if ! command -v apt-get >/dev/null || ! root=$(become_root); then
    say "These system packages are missing, and this account may not install them: $packages"
    say "Have them installed, then run 'make setup' again. On Debian 12:"
    say "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $packages"
    exit 1
  fi
  say "Installing system packages: $packages"
  # shellcheck disable=SC2086 # both are lists of words
  $root env DEBIAN_FRONTEND=noninteractive apt-get update -q
  # shellcheck disable=SC2086
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages
  packages=$(missing_packages | xargs)
  [ -z "$packages" ] || { say "Installed, yet still not usable: $packages"; exit 1; }
}

# A virtual environment bears the path it was made at: one that was moved or copied is made anew.
make_venv() {
  local python
  if [ -d "$STAMPS" ] && ! stamp_is place "$PWD"; then
    say "The folder has moved: making .venv anew"
    rm -rf .venv
  fi
  if [ "$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" != "$PYTHON_VERSION" ]; then
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
  fi
  stamp place "$PWD"
}

install_python_packages() {
  local wanted
  wanted=$(digest requirements.txt)
  if ! stamp_is requirements "$wanted"; then
    say "Installing the pinned Python packages (the first time: gigabytes, minutes)"
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes -r requirements.txt
    stamp requirements "$wanted"
  fi
  wanted=$(digest requirements.txt pyproject.toml)
  if ! stamp_is project "$wanted"; then
    say "Installing the command ebr"
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --quiet \
      --no-deps --no-build-isolation --editable .
    stamp project "$wanted"
  fi
}

fetch_kafka_jars() {
  .venv/bin/python -c 'from streams.broker.jars import fetch_jars; print("[setup] Kafka jars:", fetch_jars())'
}

is_current() {
  stamp_is place "$PWD" && stamp_is requirements "$(digest requirements.txt)" &&
    stamp_is project "$(digest requirements.txt pyproject.toml)" && has_java
}

if ! is_current; then
  install_system_packages
  make_venv
  install_python_packages
fi
fetch_kafka_jars
say "Ready (${SECONDS} s). Next: make demo, make test, or .venv/bin/ebr --help"
