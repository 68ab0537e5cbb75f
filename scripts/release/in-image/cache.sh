#!/bin/sh
# Writes the home cache of Guix, for the next release's pull, as a .tar.gz to standard output. The last
# release's comes on standard input where the first argument is 'last'.
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}
mkdir -p "$cache/guix"
if [ "$1" = last ]; then tar --extract --gzip --directory="$cache"; fi
guix pull >&2
# The same cache gives the same bytes: no times and owners of its own.
tar --create --gzip --directory="$cache" --sort=name --mtime="@$2" --owner=0 --group=0 --numeric-owner guix
