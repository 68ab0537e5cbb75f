# syntax=docker/dockerfile:1-labs
# What a release's Guix is made in: the last one's image, with 'guix pull' done. Unlike
# image/pulled.Dockerfile, which is for people, it begins with the last release's home cache and keeps its
# own, which the next release goes on with.
ARG IMAGE
# The home cache of the last release, as cache.tar.gz: --build-context last=DIRECTORY
FROM scratch AS last
FROM ${IMAGE}
ARG TARGETARCH
# For programs of 32 bits, as image/pulled.Dockerfile says.
RUN --security=insecure \
    --mount=type=bind,from=last,target=/last \
    --mount=type=tmpfs,target=/var/tmp/cache \
    mkdir -p ~/.cache; \
    if [ -e /last/cache.tar.gz ]; then tar -xzf /last/cache.tar.gz -C ~/.cache || exit; fi; \
    case $TARGETARCH in 386 | arm) export XDG_CACHE_HOME=/var/tmp/cache ;; esac; \
    /entry-point.sh guix pull
