#!/bin/sh
# Compiles a crate of the workspace so that libFuzzer sees which branches run. Cargo calls it in place of rustc
# (RUSTC_WORKSPACE_WRAPPER), for our crates only: what a library does inside is not what we look for.
# These are options of the stable compiler; the same ones that cargo-fuzz sets.
case " $* " in
*" --crate-name build_script_build "* | *" --print "*) exec "$@" ;;
esac
exec "$@" -Cpasses=sancov-module -Ccodegen-units=1 \
  -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
