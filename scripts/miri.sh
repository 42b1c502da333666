#!/bin/sh
# Runs the tests that Miri can run: it finds undefined behaviour that no test notices. Slow (minutes), and not part of
# `cargo test`: it needs a nightly compiler with the component `miri`.
#
#     scripts/miri.sh                  everything below
#     scripts/miri.sh runtime heap     tests of one crate whose name contains a text
#
# What Miri cannot run is left out in the code (`cfg(miri)`): mapped pages have twins, switches of stacks do not. So the
# machine's fibers, and with them everything that runs scripts, are for the fuzzer and the stress modes of the golden tests.
#
# MIRI_TOOLCHAIN names the toolchain, `nightly` otherwise.
set -eu
cd "$(dirname "$0")/.."
toolchain="+${MIRI_TOOLCHAIN:-nightly}"

if ! command -v cargo > /dev/null || ! cargo "$toolchain" --version > /dev/null 2>&1; then
    echo "miri: there is no toolchain '${toolchain#+}'; nothing was run (rustup toolchain install nightly)"
    exit 0
fi
if ! cargo "$toolchain" miri --version > /dev/null 2>&1; then
    echo "miri: the toolchain '${toolchain#+}' has no component 'miri'; nothing was run"
    echo "      (rustup component add --toolchain ${toolchain#+} miri rust-src)"
    exit 0
fi

# - permissive provenance: the heap turns addresses in value words back into pointers (`runtime/src/value.rs`).
# - no isolation: snapshot tests read their own source.
# - leaks are the heap's own affair: it frees a region, not objects.
export MIRIFLAGS="${MIRIFLAGS:--Zmiri-permissive-provenance -Zmiri-disable-isolation -Zmiri-ignore-leaks}"

run() {
    crate=$1
    shift
    echo "miri: $crate $*"
    cargo "$toolchain" miri test -p "gscript-$crate" --lib -- "$@"
}

if [ $# -gt 0 ]; then
    run "$@"
    exit
fi

run runtime
run bytecode
# The front end is safe code; its decoders of numerals and strings are worth the time, its mutated programs are not.
run syntax number
run syntax literal
run syntax interner
run syntax span
# Parts of the machine that switch no stacks.
run vm arith
run vm timers
run vm random
echo "miri: all is well"
