#!/usr/bin/env bash
# Installs what is missing, builds and runs every test.
#   tests/run.sh [release|asan|tsan|dev]     the exit code is ctest's
#   tests/run.sh fuzz [SECONDS]              each fuzz target for SECONDS (300), from its corpus
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/install-packages.sh
. scripts/build.sh

fuzz() {
    local seconds="$1" target name failed=()
    signalbox_install build fuzz
    signalbox_build fuzz
    shopt -s nullglob
    mkdir -p build/fuzz/findings
    for target in tests/fuzz/fuzz_*.cpp; do
        name="$(basename "$target" .cpp)"
        name="${name#fuzz_}"
        mkdir -p "build/fuzz/corpus/$name"
        echo "== fuzz_$name for $seconds s"
        # The first folder collects what the fuzzer finds new; the seeds are only read.
        if ! "build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
            -artifact_prefix="build/fuzz/findings/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"; then
            failed+=("$name")
        fi
    done
    if [[ -z "${name:-}" ]]; then
        echo "no fuzz target was found" >&2
        exit 1
    fi
    if [[ ${#failed[@]} -gt 0 ]]; then
        echo "Findings in build/fuzz/findings: ${failed[*]}" >&2
        exit 1
    fi
    echo "No findings."
}

preset="${1:-release}"
case "$preset" in
    release | asan | tsan | dev)
        signalbox_install build window test
        signalbox_build "$preset"
        ctest --preset "$preset" --parallel 2 --output-on-failure
        ;;
    fuzz)
        fuzz "${2:-300}"
        ;;
    *)
        echo "usage: tests/run.sh [release|asan|tsan|dev|fuzz [SECONDS]]" >&2
        exit 2
        ;;
esac
