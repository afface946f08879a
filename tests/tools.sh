# The clients and servers of other makers that tests talk to. As root on Debian they are installed;
# otherwise what is missing is listed, and the tests that need it are skipped.

PACKAGES="ejabberd mcabber openssl postgresql profanity prosody tmux"

if ! command -v dpkg-query >/dev/null; then
    echo "Tests that talk to other programs run if these are installed: $PACKAGES"
    exit 0
fi

missing=
for package in $PACKAGES; do
    case $(dpkg-query --show --showformat '${Status}' "$package" 2>/dev/null) in
        *' installed') ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Not installed, so that tests with them are skipped:$missing"
    echo "(as root: apt-get install$missing)"
    exit 0
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
