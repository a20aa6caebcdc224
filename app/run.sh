#!/usr/bin/env bash
# Installs what is missing, builds, and opens the window with the first demo running. Without a display the same demo runs
# headless: addresses and the live table on the terminal, then a picture of the window.
#   app/run.sh [ARGUMENTS OF signalbox...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

program=build/release/signalbox
demo=resources/sites/side-by-side.yaml
scenario=rush-hour
picture=signalbox.png

open_window=("$program" "$demo" --run)
run_headless=("$program" traffic "$demo" "$scenario" --serve)
draw_picture=("$program" "$demo" --screenshot "$picture" --run --traffic "$scenario" --after 8s)

. scripts/install-packages.sh
. scripts/build.sh
signalbox_install build window
signalbox_build release signalbox

if [[ $# -gt 0 ]]; then
    exec "$program" "$@"
fi
if [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    exec "${open_window[@]}"
fi

echo "No display: the demo runs on the terminal, and $picture will show the window."
"${run_headless[@]}"
"${draw_picture[@]}"
echo "Wrote $PWD/$picture"
