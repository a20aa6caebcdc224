#!/usr/bin/env bash
# clang-format (check only) and clang-tidy over the files changed since HEAD, or over all.
#   scripts/lint.sh [--all] [--format|--fix] [FILE...]     --format: the first half alone; --fix: reformats instead
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/install-packages.sh

all='' format_only='' files=()
for argument in "$@"; do
    case "$argument" in
        --all) all=1 ;;
        --format) format_only=1 ;;
        --fix) format_only=fix ;;
        -*) echo "usage: scripts/lint.sh [--all] [--format|--fix] [FILE...]" >&2; exit 2 ;;
        *) files+=("$argument") ;;
    esac
done
signalbox_install build dev

list() {
    if [[ -n "$all" ]] || ! git rev-parse -q --verify HEAD >/dev/null; then
        git ls-files -co --exclude-standard -- app core ui tests
    else
        { git diff --name-only --diff-filter=d HEAD -- app core ui tests
          git ls-files -o --exclude-standard -- app core ui tests; }
    fi | grep -E '\.(h|cpp)$' || true
}
if [[ ${#files[@]} -eq 0 ]]; then
    mapfile -t files < <(list)
fi
if [[ ${#files[@]} -eq 0 ]]; then
    echo "Nothing has changed (--all checks everything)."
    exit 0
fi

echo "clang-format: ${#files[@]} files"
if [[ "$format_only" == fix ]]; then
    clang-format -i "${files[@]}"
    exit 0
fi
clang-format --dry-run -Werror "${files[@]}"
[[ -z "$format_only" ]] || exit 0

# Tests are left to the compiler's warnings: Qt Test's macros trip half the checks.
mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -E '^(app|core|ui)/.*\.cpp$' || true)
[[ ${#sources[@]} -gt 0 ]] || exit 0
# clang cannot read gcc's precompiled headers: lint has a build folder of its own, configured but never built.
cmake -G Ninja -B build/lint -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_C_COMPILER=clang \
    -DSIGNALBOX_PCH=OFF -DBUILD_TESTING=OFF --log-level=WARNING >/dev/null
echo "clang-tidy: ${#sources[@]} files"
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy --quiet -p build/lint
