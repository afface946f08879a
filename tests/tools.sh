# The clients and servers of other makers that tests talk to. As root on Debian they are installed;
# otherwise what is missing is listed, and the tests that need it are skipped.

PACKAGES="chromium ejabberd mcabber openssl postgresql profanity prometheus-alertmanager prosody tmux"

packages() {
    if ! command -v dpkg-query >/dev/null; then
        echo "Tests that talk to other programs run if these are installed: $PACKAGES npm"
        return
    fi
    # npm comes from Debian or from the makers of Node.js, in one package with it.
    command -v npm >/dev/null || PACKAGES="$PACKAGES npm"
    missing=
    for package in $PACKAGES; do
        case $(dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null) in
            *' installed') ;;
            *) missing="$missing $package" ;;
        esac
    done
    [ -n "$missing" ] || return 0

    if [ "$(id -u)" != 0 ]; then
        echo "Not installed, so that tests with them are skipped:$missing"
        echo "(as root: apt-get install$missing)"
        return
    fi
    echo "Installing what the tests talk to:$missing …"
    # Debian starts a server as soon as it is installed, which nobody wants here: it would take the ports.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update --quiet=2 &&
        apt-get install --quiet=2 --yes --no-install-recommends $missing >/dev/null
}

# Converse.js, the version tests/clients/converse.py names and no other, without what it is built from.
converse() {
    named=$(sed -n 's/^\(VERSION\|SHA256\) = "\(.*\)"$/\2/p' tests/clients/converse.py)
    version=${named%%[!0-9.]*} sum=${named##*[!0-9a-f]}
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/stellwerk-tests
    [ ! -e "$cache/converse.js-$version" ] || return 0
    if ! command -v npm >/dev/null; then
        echo "Not fetched, so that tests with it are skipped: Converse.js (for want of npm)"
        return
    fi
    echo "Fetching Converse.js $version …"
    new=$(mktemp -d) || return
    (
        cd "$new" &&
            npm pack --silent "converse.js@$version" >/dev/null &&
            echo "$sum  converse.js-$version.tgz" | sha256sum --check --quiet &&
            tar -xzf "converse.js-$version.tgz" package/dist &&
            mkdir -p "$cache" &&
            mv package "$cache/converse.js-$version"
    ) || echo "That failed, so that tests with it are skipped."
    rm -rf "$new"
}

packages && converse
