# A Guix, and guix-entry-point as the entry point: docs/image.md says how it is built and used.

# Debian sid, or what is derived from it: the only release that has Guix 1.5.
ARG BASE=debian:sid-slim
# Where Guix comes from: 'debian', the package, or 'tarball', the binary release of the GNU project.
ARG GUIX_SOURCE=debian

# What is copied to /usr/local of the image, by platform: /linux/amd64/bin/guix-entry-point, …
# Made from source, unless it is there: --build-context executable=dist/platforms
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS executable
WORKDIR /source
COPY . .
RUN npm ci
ARG TARGETPLATFORM
RUN node scripts/build.ts --platform=$TARGETPLATFORM && mv dist/platforms/* /

FROM ${BASE} AS packages
ARG SOURCE_DATE_EPOCH
ARG GUIX_SOURCE
ARG TARGETARCH
RUN --mount=type=bind,source=image,target=/mnt sh /mnt/install-packages

# Guix, with what it needs of a machine: all but our additions.
FROM packages AS guix
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=image,target=/mnt OWNER=root sh /mnt/prepare-store

FROM packages AS guix-rootless
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=image,target=/mnt OWNER=guix sh /mnt/prepare-store

# The variant for those who have no privileges at all: the daemon runs as the user 'guix'.
FROM guix-rootless AS rootless
ARG SOURCE_DATE_EPOCH
ARG TARGETPLATFORM
COPY --from=executable /${TARGETPLATFORM}/ /usr/local/
COPY --chown=guix:guix channels/channels.scm /home/guix/.config/guix/channels.scm
RUN --mount=type=bind,source=image,target=/mnt sh /mnt/set-up-program
ENV LANG=C.UTF-8 \
    SSL_CERT_DIR=/etc/ssl/certs \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt \
    CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
USER guix
WORKDIR /home/guix
ENTRYPOINT ["/entry-point.sh"]

FROM guix AS image
ARG SOURCE_DATE_EPOCH
ARG TARGETPLATFORM
COPY --from=executable /${TARGETPLATFORM}/ /usr/local/
COPY channels/channels.scm /root/.config/guix/channels.scm
RUN --mount=type=bind,source=image,target=/mnt sh /mnt/set-up-program
ENV LANG=C.UTF-8 \
    SSL_CERT_DIR=/etc/ssl/certs \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt \
    CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
ENTRYPOINT ["/entry-point.sh"]
