#!/bin/sh
# Writes Guix itself, as it was pulled, to standard output: a binary tarball, as the GNU project has
# them. Standard input is the home cache, which has the channel's repository.
set -eu
cache=${XDG_CACHE_HOME:-$HOME/.cache}
mkdir -p "$cache"
tar --extract --gzip --directory="$cache"
tarball=$(guix pack --format=tarball --compression=xz --localstatedir --profile-name=current-guix \
  --expression='((@ (gnu packages package-management) current-guix))')
cat "$tarball"
