#!/bin/sh
# Installs pinned sets into a virtual environment: requirements/install.sh .venv sandbox dev
# make and the image both use it.
#
# What is installed stands in requirements/*.txt and nowhere else. pip only brings uv, by its hash; uv installs each file
# as it is, by hashes, without resolving. Neither the pip of an interpreter nor a later release can change the result.
set -eu
here=$(dirname "$0")
venv=$1
shift

# These would add to what the files say, or put it elsewhere.
unset PIP_CONSTRAINT PIP_REQUIREMENT PIP_EDITABLE PIP_TARGET PIP_PREFIX PIP_ROOT PIP_USER PIP_NO_BINARY PIP_DRY_RUN \
  UV_CONSTRAINT UV_OVERRIDE UV_NO_BINARY UV_SYSTEM_PYTHON UV_EXCLUDE_NEWER

pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"; }
pip install --quiet --no-deps --require-hashes -r "$here/installer.txt"

# A mirror or a folder that pip is told to use serves uv as well.
listed() { pip config list 2>/dev/null | sed -n "s/^[a-z]*\.index.url='\(.*\)'\$/\1/p" | tail -n 1; }
: "${PIP_INDEX_URL=$(listed)}"
if [ -n "$PIP_INDEX_URL" ]; then export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$PIP_INDEX_URL}"; fi
if [ -n "${PIP_FIND_LINKS:-}" ]; then export UV_FIND_LINKS="${UV_FIND_LINKS:-$(echo "$PIP_FIND_LINKS" | tr ' ' ',')}"; fi
if [ -n "${PIP_NO_INDEX:-}" ]; then export UV_NO_INDEX=true; fi
export UV_SYSTEM_CERTS=true UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-180}" UV_COMPILE_BYTECODE="${UV_COMPILE_BYTECODE:-true}"

for set in "$@"; do
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --require-hashes \
    -r "$here/$set.txt"
done
