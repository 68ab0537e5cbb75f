#!/usr/bin/env bash
# shell-wrapper.sh, but it waits until the daemon's socket is there: without that, a command that
# connects at once fails, because Guix's clients don't try twice.
set -uo pipefail
socket=/var/guix/daemon-socket/socket

guix-daemon --build-users-group=guixbuild --substitute-urls=https://ci.guix.gnu.org >/dev/null 2>&1 &
daemon=$!
until [ -S "$socket" ]; do sleep 0.01; done

"$@"
status=$?

kill "$daemon"
wait "$daemon"
rm -f "$socket"
exit "$status"
