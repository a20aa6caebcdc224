# Sourced, not run: configures and builds a preset from the root of the tree.
#   signalbox_build PRESET [TARGET...]

signalbox_build() {
    local preset="$1" werror=OFF
    shift
    # Warnings are errors with the compiler that CI uses; a newer one may warn of more, and still has to build. Not under
    # the sanitizers, whose instrumentation makes GCC's flow analysis guess.
    if [[ "$preset" == release && ("$(g++ -dumpversion 2>/dev/null)" == 12 || -n "${CI:-}") ]]; then
        werror=ON
    fi
    # Objects for LTO are compiled twice; where only the tests matter, which are linked without it, that is time lost.
    local -a more=()
    if [[ "$preset" == release && -n "${CI:-}" ]]; then
        more=(-DSIGNALBOX_LTO=OFF)
    fi
    cmake --preset "$preset" -DSIGNALBOX_WERROR="$werror" "${more[@]}" --log-level=WARNING
    cmake --build --preset "$preset" ${1:+--target "$@"}
}
