# syntax=docker/dockerfile:1-labs
# The image, whose user is root, with 'guix pull' done: it has the Guix of channels.scm, and needs no
# fetching of it. A release pulls by scripts/release/in-image/pulled.Dockerfile, which keeps what is left
# out here: its files are made of that, and the home cache is one of them.
# docker buildx build --allow security.insecure --file image/pulled.Dockerfile …
ARG IMAGE=guix-entry-point
FROM ${IMAGE}
ARG TARGETARCH
# What Git fetched is kept by the builder for the next time, and in no layer. Programs of 32 bits need it
# on a tmpfs, for inode numbers that they can read; the entry point brings it there and back.
RUN --security=insecure \
    --mount=type=cache,id=guix-$TARGETARCH,target=/root/.cache \
    --mount=type=tmpfs,target=/var/tmp/cache \
    case $TARGETARCH in 386 | arm) export XDG_CACHE_HOME=/var/tmp/cache ;; esac; \
    /entry-point.sh /usr/local/share/guix-entry-point/pull
