#!/bin/sh
# Writes Guix itself, as it was pulled, to standard output: a binary tarball, as the GNU project has
# them. It takes the channel's repository from the home cache.
set -eu
tarball=$(guix pack --format=tarball --compression=xz --localstatedir --profile-name=current-guix \
  --expression='((@ (gnu packages package-management) current-guix))')
cat "$tarball"
