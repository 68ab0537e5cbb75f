# docker buildx bake            the image for the platform of this machine, loaded into its engine
# docker buildx bake all        the images of all six platforms, as one manifest; needs QEMU
# docker buildx bake each       the same, one by one
# docker buildx bake rootless   the variant that needs no privileges; rootless-all for six platforms
# docker buildx bake nix        Nix instead of Guix; nix-all for six platforms

variable "IMAGE" { default = "guix-entry-point" }
variable "VERSION" { default = "" }
variable "REVISION" { default = "" }
variable "SOURCE_DATE_EPOCH" { default = "" }
variable "BASE" { default = "debian:sid-slim" }
variable "GUIX_SOURCE" { default = "debian" }
# What older images were told by: the system of the one platform that is built.
variable "METACALL_GUIX_ARCH" { default = "" }
# A directory with the programs, as dist/platforms; without it they are built from source.
variable "EXECUTABLE" { default = "" }

variable "platforms" {
  default = [
    "linux/amd64", "linux/386", "linux/arm/v7", "linux/arm64", "linux/ppc64le", "linux/riscv64",
  ]
}

group "default" {
  targets = ["image"]
}

group "each" {
  targets = ["platform"]
}

target "common" {
  args = {
    BASE               = BASE
    GUIX_SOURCE        = GUIX_SOURCE
    METACALL_GUIX_ARCH = METACALL_GUIX_ARCH == "" ? null : METACALL_GUIX_ARCH
    SOURCE_DATE_EPOCH  = SOURCE_DATE_EPOCH == "" ? null : SOURCE_DATE_EPOCH
    VERSION            = VERSION
    REVISION           = REVISION
  }
  contexts = EXECUTABLE == "" ? {} : { executable = EXECUTABLE }
}

target "image" {
  inherits = ["common"]
  target   = "image"
  tags     = ["${IMAGE}:latest"]
}

target "all" {
  inherits  = ["image"]
  platforms = platforms
}

target "platform" {
  name      = "image-${replace(replace(platform, "linux/", ""), "/", "-")}"
  matrix    = { platform = platforms }
  inherits  = ["image"]
  tags      = ["${IMAGE}:${replace(replace(platform, "linux/", ""), "/", "-")}"]
  platforms = [platform]
}

target "rootless" {
  inherits = ["common"]
  target   = "rootless"
  tags     = ["${IMAGE}:rootless"]
}

target "rootless-all" {
  inherits  = ["rootless"]
  platforms = platforms
}

target "nix" {
  inherits = ["common"]
  target   = "nix"
  tags     = ["${IMAGE}:nix"]
}

target "nix-all" {
  inherits  = ["nix"]
  platforms = platforms
}

# With 'guix pull' done: docker buildx bake --allow=security.insecure pulled, by a buildx that knows the
# option here (0.17); docker buildx build does it with older ones.
target "pulled" {
  dockerfile   = "image/pulled.Dockerfile"
  entitlements = ["security.insecure"]
  contexts     = { guix-entry-point = "target:image" }
  tags         = ["${IMAGE}:pulled"]
}
