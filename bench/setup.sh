#!/bin/sh
# How long the set-up of `make demo` and of `make test` takes, here and at another commit, in turn: bench/setup.sh BASE [RUNS]
# Both use the same caches of packages; a first pair fills them and does not count. Prints seconds, and the ratio of medians.
# OLD_PIP=26.3 gives BASE that pip before it installs, for a commit that the pip of the interpreter cannot install.
set -eu
base=$1
runs=${2:-3}
root=$(git rev-parse --show-toplevel)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

once() { # commit, name
  git clone --quiet "$root" "$folder/$2"
  git -C "$folder/$2" checkout --quiet "$1"
  make --silent -C "$folder/$2" .venv/bin/python >/dev/null
  if [ "$2" = base ] && [ -n "${OLD_PIP:-}" ]; then "$folder/$2/.venv/bin/python" -m pip install -q "pip==$OLD_PIP" 2>/dev/null; fi
  began=$(date +%s%N)
  make --silent -C "$folder/$2" .venv/.sandbox >/dev/null 2>&1
  demo=$(date +%s%N)
  make --silent -C "$folder/$2" .venv/.dev >/dev/null 2>&1 || echo "$2: make test cannot be set up" >&2
  checks=$(date +%s%N)
  rm -rf "${folder:?}/$2"
  echo "$2 $(((demo - began) / 1000000)) $(((checks - began) / 1000000))"
}

run=0
while [ "$run" -le "$runs" ]; do
  for side in "$base base" "HEAD here"; do
    # shellcheck disable=SC2086
    line=$(once $side)
    if [ "$run" -gt 0 ]; then echo "$line" | tee -a "$folder/times"; fi
  done
  run=$((run + 1))
done
for column in 2 3; do
  for name in base here; do grep "^$name" "$folder/times" | cut -d' ' -f"$column" | sort -n | sed -n "$(((runs + 1) / 2))p"; done |
    paste -sd' ' | awk -v what="$([ "$column" = 2 ] && echo 'make demo' || echo 'make test')" '{ printf "%s: %.1f s there, %.1f s here, ratio %.2f\n", what, $1/1000, $2/1000, $2/$1 }'
done
