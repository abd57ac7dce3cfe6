#!/usr/bin/env bash
# Sets up what a target of the Makefile needs, and nothing twice (the Makefile keeps the stamps).
#   environment.sh run       the virtual environment with what `opportune` itself needs
#   environment.sh dev       the same with the tools of development
#   environment.sh browser   Debian's Chromium and fonts; without root it only says what will be skipped
#   environment.sh node      Segment's JavaScript clients and the build of our browser script; without Node it says what will be skipped
# Everything is installed by hash; VENV names another folder than .venv, PYTHON another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${VENV:-.venv}"

die() {
  printf 'opportune: %s\n' "$*" >&2
  exit 1
}

is_root() { [[ "$(id -u)" == 0 ]]; }

debian_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

make_venv() {
  local python
  python="$(find_python)" || die "no Python 3.11 or newer on PATH. On Debian 12: apt-get install python3 python3-venv. Elsewhere: PYTHON=/path/to/python3.11 make ..."
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    is_root && command -v apt-get >/dev/null && debian_install python3-venv || true
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
      die "$python cannot make virtual environments (no ensurepip). On Debian, as root: apt-get install python3-venv"
  fi
  printf 'opportune: making %s with %s\n' "$venv" "$("$python" --version)"
  "$python" -m venv "$venv" || die "could not make $venv with $python"
}

install_from() {
  # An environment that was moved or half made answers with an error here, and is made anew.
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 || { rm -rf "$venv" && make_venv; }
  printf 'opportune: installing %s (by hash; the first time takes a minute)\n' "$1"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$1"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
}

install_browser() {
  if [[ -n "${CHROMIUM:-}" ]] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null; then return; fi
  if is_root && command -v apt-get >/dev/null; then
    printf 'opportune: installing Chromium for the browser tests\n'
    debian_install chromium fonts-dejavu-core fonts-liberation && return
  fi
  printf 'opportune: no Chromium and no right to install it: the browser tests will be skipped, counted and named\n'
}

install_node() {
  if ! command -v npm >/dev/null; then
    if is_root && command -v apt-get >/dev/null; then
      printf 'opportune: installing Node for the JavaScript clients of Segment\n'
      debian_install nodejs npm || true
    fi
    command -v npm >/dev/null || { printf 'opportune: no Node and no right to install it: what needs it will be skipped, counted and named\n'; return; }
  fi
  printf 'opportune: installing browser/package-lock.json (by hash)\n'
  # Node brings a list of authorities of its own; whom the machine trusts, it shall trust too.
  local trusted=/etc/ssl/certs/ca-certificates.crt
  [[ -e "$trusted" ]] && export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$trusted}"
  npm --prefix browser ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null ||
    printf 'opportune: the packages of Node could not be installed: what needs them will be skipped, counted and named\n'
}

case "${1:-}" in
  run) install_from requirements.txt ;;
  dev) install_from requirements-dev.txt ;;
  browser) install_browser ;;
  node) install_node ;;
  *) die "usage: scripts/environment.sh run|dev|browser|node" ;;
esac
