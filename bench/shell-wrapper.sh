#!/usr/bin/env bash
# The counterpart of the benchmarks: what people put in front of Guix before there was a program for
# it. It collects the list of substitute servers, starts the daemon in the background without waiting
# for it, runs the command, unpacks every log there is when the command failed, and kills the daemon.
set -uo pipefail

profile=${GUIX_PROFILE:-/root/.config/guix/current}
if [ -f "$profile/etc/profile" ]; then
  # shellcheck disable=SC1091
  . "$profile/etc/profile"
fi

servers=
add_servers() {
  servers="$servers $(tr '\n' ' ' | xargs)"
}
add_servers <<'LIST'
https://ci.guix.gnu.org
https://bordeaux.guix.gnu.org
LIST
add_servers <<'LIST'
https://bordeaux-us-east-mirror.cbaines.net
https://hydra-guix-129.guix.gnu.org
https://bordeaux-guix.jing.rocks
https://mirror.yandex.ru/mirrors/guix/
https://berlin-guix.jing.rocks
https://bordeaux-singapore-mirror.cbaines.net
LIST
add_servers <<'LIST'
https://substitutes.nonguix.org
https://cuirass.genenetwork.org
LIST
add_servers <<'LIST'
https://cache-cdn.guix.moe
https://cache-de.guix.moe
https://cache-fi.guix.moe
https://cache-us-lax.guix.moe
https://cache-sg.guix.moe
https://cache-it.guix.moe
LIST

options=()
case $(uname -m) in
  i?86 | x86_64) ;;
  *) options+=(--disable-chroot) ;;
esac

guix-daemon "${options[@]}" --build-users-group=guixbuild --substitute-urls="$servers" >/dev/null 2>&1 &
daemon=$!

"$@"
status=$?

if [ "$status" -ne 0 ]; then
  find /var/log/guix/drvs -name '*.gz' -exec cp {} . \;
  gunzip --force ./*.gz
  tail -n 1000 ./*.drv
fi

kill -9 "$daemon"
exit "$status"
