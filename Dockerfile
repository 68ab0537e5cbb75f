# A Guix, with guix-entry-point as the entry point. docs/image.md says how it is built and used.

# Debian sid, or what is derived from it: the only release that has Guix 1.5.
ARG BASE=debian:sid-slim
# Where Guix comes from: 'debian', its package, or 'tarball', the binary release of the GNU project.
ARG GUIX_SOURCE=debian

# Other channels than those of the repository: --build-context channels=DIRECTORY
FROM scratch AS channels
COPY channels/channels.scm /
# A binary release that nobody serves: --build-context tarball=DIRECTORY, and GUIX_TARBALL=file:///tarball/…
FROM scratch AS tarball

# What is copied to /usr/local of the image, by platform: /linux/amd64/bin/guix-entry-point, …
# Made from source, unless it is there: --build-context executable=dist/platforms
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS executable
WORKDIR /source
COPY .npmrc package.json package-lock.json ./
# Another registry, or a token for it: --secret id=npmrc,src=$HOME/.npmrc
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc --mount=type=cache,target=/root/.npm npm ci
COPY . .
ARG TARGETPLATFORM
# By the Node that is among the packages, which makes what its like will run.
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm run build -- --platform=$TARGETPLATFORM && mv dist/platforms/* /

# The binary release, unpacked in /release.
FROM ${BASE} AS release
RUN apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet --yes --no-install-recommends ca-certificates curl gpg gpg-agent xz-utils
ARG TARGETARCH
# The system, as older Dockerfiles call it; it follows from the platform.
ARG METACALL_GUIX_ARCH
# The URL of the tarball, with its signature at the same place and '.sig' behind it; image/systems
# has the SHA-256 of the default.
ARG GUIX_TARBALL
ARG GUIX_TARBALL_SHA256
# Efraim Flashner's key, which Guix 1.5.0 is signed with, and a URL to get it from.
ARG GUIX_TARBALL_SIGNER=A28BF40C3E551372662D14F741AAE7DCCA3D8351
ARG GUIX_TARBALL_KEY
RUN --mount=type=bind,source=image,target=/mnt --mount=type=bind,from=tarball,target=/tarball \
    /mnt/unpack-release

FROM ${BASE} AS packages
ARG GUIX_SOURCE
ARG METACALL_GUIX_ARCH
ARG SOURCE_DATE_EPOCH
ARG TARGETARCH
RUN --mount=type=bind,source=image,target=/mnt /mnt/install-packages
# Programs of a store know no place for certificates, and the entry point need not be there to tell them.
ENV LANG=C.UTF-8 \
    SSL_CERT_DIR=/etc/ssl/certs \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt \
    CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt

# Guix, as the manual has it installed: the daemon is root, builds have users of their own.
FROM packages AS root-debian
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=image,target=/mnt \
    OWNER=root GROUP=guixbuild USERS=guixbuilder /mnt/add-users
FROM root-debian AS root-tarball
COPY --from=release /release/gnu /gnu
COPY --from=release /release/var/guix /var/guix
FROM root-${GUIX_SOURCE} AS guix
RUN --mount=type=bind,source=image,target=/mnt OWNER=root /mnt/prepare-store

# Guix without root: everything belongs to the user 'guix'.
FROM packages AS user-debian
ARG SOURCE_DATE_EPOCH
RUN --mount=type=bind,source=image,target=/mnt OWNER=guix /mnt/add-users
FROM user-debian AS user-tarball
COPY --from=release --chown=guix:guix /release/gnu /gnu
COPY --from=release --chown=guix:guix /release/var/guix /var/guix
FROM user-${GUIX_SOURCE} AS guix-rootless
RUN --mount=type=bind,source=image,target=/mnt OWNER=guix /mnt/prepare-store

# The variant that needs no privileges.
FROM guix-rootless AS rootless
COPY --from=channels --chown=guix:guix channels.scm /home/guix/.config/guix/
COPY image/pull /usr/local/share/guix-entry-point/
COPY --chmod=755 image/store-cache /usr/local/bin/guix-store-cache
ARG TARGETPLATFORM
COPY --from=executable /${TARGETPLATFORM}/ /usr/local/
RUN --mount=type=bind,source=image,target=/mnt OWNER=guix /mnt/set-up-program
ARG VERSION REVISION
LABEL org.opencontainers.image.title="guix-entry-point, rootless" \
      org.opencontainers.image.description="GNU Guix whose daemon lives as long as the command, run by an ordinary user" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
USER guix
WORKDIR /home/guix
ENTRYPOINT ["/entry-point.sh"]

# Nix, of Debian's package alone: --target=nix. docs/nix.md says how it is used.
FROM ${BASE} AS nix-packages
ARG METACALL_GUIX_ARCH
ARG SOURCE_DATE_EPOCH
ARG TARGETARCH
RUN --mount=type=bind,source=image,target=/mnt GUIX_SOURCE=nix /mnt/install-packages && \
    OWNER=root GROUP=nixbld USERS=nixbld /mnt/add-users && /mnt/prepare-nix
ENV LANG=C.UTF-8 \
    NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
FROM nix-packages AS nix
ARG TARGETPLATFORM
COPY --from=executable /${TARGETPLATFORM}/ /usr/local/
RUN ln -s /usr/local/bin/guix-entry-point /entry-point.sh
ARG VERSION REVISION
LABEL org.opencontainers.image.title="guix-entry-point, Nix" \
      org.opencontainers.image.description="Nix whose daemon lives as long as the command" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/entry-point.sh"]

FROM guix AS image
COPY --from=channels channels.scm /root/.config/guix/
COPY image/pull /usr/local/share/guix-entry-point/
COPY --chmod=755 image/store-cache /usr/local/bin/guix-store-cache
ARG TARGETPLATFORM
COPY --from=executable /${TARGETPLATFORM}/ /usr/local/
RUN --mount=type=bind,source=image,target=/mnt OWNER=root /mnt/set-up-program
ARG VERSION REVISION
LABEL org.opencontainers.image.title="guix-entry-point" \
      org.opencontainers.image.description="GNU Guix whose daemon lives as long as the command" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENTRYPOINT ["/entry-point.sh"]
