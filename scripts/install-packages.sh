# Sourced, not run: installs the sections of packages.txt that are missing, on Debian 12 or later as root or with sudo.
# Elsewhere it names what is missing and ends the caller with exit code 1.
#   signalbox_install build window     SIGNALBOX_SKIP_PACKAGES=1 leaves the machine as it is.

signalbox_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"

signalbox_section() {
    sed -e 's/#.*//' -e 's/[[:space:]]*$//' "$signalbox_root/packages.txt" |
        awk -v wanted="[$1]" '/^\[/ { inside = ($0 == wanted); next } inside && NF { print $1 }'
}

signalbox_is_debian_12() (
    [[ -r /etc/os-release ]] || exit 1
    . /etc/os-release
    # testing and unstable carry no VERSION_ID
    [[ "${ID:-}" == debian && "${VERSION_ID:-99}" -ge 12 ]]
)

signalbox_is_installed() {
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

signalbox_install() {
    [[ -z "${SIGNALBOX_SKIP_PACKAGES:-}" ]] || return 0
    local section package names missing=() as_root=()
    for section in "$@"; do
        names="$(signalbox_section "$section")"
        if [[ -z "$names" ]]; then
            echo "packages.txt has no section [$section]" >&2
            exit 1
        fi
        for package in $names; do
            signalbox_is_installed "$package" || missing+=("$package")
        done
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0

    if [[ $EUID -ne 0 ]]; then
        as_root=(sudo)
    fi
    if ! signalbox_is_debian_12 || { [[ $EUID -ne 0 ]] && ! command -v sudo >/dev/null; }; then
        echo "Signalbox installs its packages by itself on Debian 12 or later, as root or with sudo." >&2
        echo "Missing here (Debian's names): ${missing[*]}" >&2
        echo "Install them, then run this again (SIGNALBOX_SKIP_PACKAGES=1 skips this check)." >&2
        exit 1
    fi
    echo "Installing: ${missing[*]}"
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    # An unreachable third-party source must not stop us: the install below says what cannot be had.
    "${apt[@]}" update || echo "apt-get update had errors; going on" >&2
    if ! "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; then
        echo "apt-get could not install: ${missing[*]}" >&2
        exit 1
    fi
}
