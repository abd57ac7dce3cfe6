#!/usr/bin/env bash
# Pins every requirement by version and sha256, for the public index and nothing else: no address, no local folder ends up in the files.
# Run with the virtual environment of development; `make lock` does. The newest versions are taken only with UPGRADE=1.
set -euo pipefail
cd "$(dirname "$0")/.."

compile=(
  "${VENV:-.venv}/bin/pip-compile" --quiet --no-config --generate-hashes --allow-unsafe --strip-extras --resolver=backtracking
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --no-header --newline=lf
  --build-deps-for editable   # so that installing the package itself downloads nothing unpinned
)
[[ -n "${UPGRADE:-}" ]] && compile+=(--upgrade)

export CUSTOM_COMPILE_COMMAND="make lock"
# Local wheel folders would add hashes nobody else has.
unset PIP_FIND_LINKS PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null
# Development first: its wishes are narrower (Segment's client wants an older dateutil), and both files must agree.
"${compile[@]}" --extra dev --output-file requirements-dev.txt pyproject.toml
"${compile[@]}" --constraint requirements-dev.txt --output-file requirements.txt pyproject.toml

for file in requirements.txt requirements-dev.txt; do
  if grep -nE '://|^--|/(opt|home|root|tmp|work)/' "$file"; then
    echo "$file names an address or a folder" >&2
    exit 1
  fi
  printf '%s\n%s\n' "# Written by \`make lock\` from pyproject.toml. Do not edit." "$(cat "$file")" > "$file.new"
  mv "$file.new" "$file"
done
