#!/usr/bin/env bash
# Pins every requirement by version and sha256, for the oldest Python we promise (Debian 12 has 3.11.2, and some packages ask for 3.11.5) and
# for the public index and nothing else: no address, no local folder ends up in the files. The newest versions are taken only with UPGRADE=1.
set -euo pipefail
cd "$(dirname "$0")/.."

bin="${VENV:-.venv}/bin"
compile=(
  "$bin/uv" pip compile --quiet --no-config --generate-hashes --no-header --python-version 3.11.0 --universal --fork-strategy fewest
)
[[ -n "${UPGRADE:-}" ]] && compile+=(--upgrade)

# The build backend and what it needs for an editable install, so that installing the package itself downloads nothing unpinned.
backend() {
  "$bin/python" -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], "editables", sep="\n")'
}

# Development first: its wishes are narrower (Segment's client wants an older dateutil), and both files must agree.
backend | "${compile[@]}" --extra dev --output-file requirements-dev.txt pyproject.toml - >/dev/null
backend | "${compile[@]}" --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml - >/dev/null

for file in requirements.txt requirements-dev.txt; do
  if grep -nE '://|^--|/(opt|home|root|tmp|work)/' "$file"; then
    echo "$file names an address or a folder" >&2
    exit 1
  fi
  printf '%s\n%s\n' "# Written by \`make lock\` from pyproject.toml. Do not edit." "$(grep -v '^# Written by' "$file")" > "$file.new"
  mv "$file.new" "$file"
done

# Node's packages: by version and hash as well, without where they were taken from and who would like a gift.
if command -v npm >/dev/null; then
  npm --prefix browser install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error >/dev/null
  "$bin/python" - browser/package-lock.json <<'STRIP'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    lock = json.load(file)
for package in lock["packages"].values():
    package.pop("funding", None)
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(lock, file, indent=2, ensure_ascii=False)
    file.write("\n")
STRIP
fi
if grep -nE '://' browser/package-lock.json; then
  echo "browser/package-lock.json names an address" >&2
  exit 1
fi
