#!/bin/bash
# The steps of action.yml: start, run, stop. The inputs of the action come as GUIX_… variables, and
# never as text of a program.
set -euo pipefail

# Of ours, as files of the runner's may be the container's user's for a while.
exec {output}>>"$GITHUB_OUTPUT"
cache=$RUNNER_TEMP/guix-cache
logs=$RUNNER_TEMP/guix-build-logs.tar.gz
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A container that waits, as for a job's own; it has the workspace and the runner's files, where the
# runner has them.
start() {
  [ -z "$GUIX_CHANNELS" ] || [ -f "$GUIX_CHANNELS" ] ||
    fail "The input 'channels' is $GUIX_CHANNELS, and the workspace has no such file. Is there a checkout before this step?"
  local image options store channels
  # Where releases push it to.
  image=${GUIX_IMAGE:-ghcr.io/${GUIX_REPOSITORY,,}:latest}
  docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >&2
  read -r -d '' -a options <<<"$GUIX_OPTIONS" || true
  container=$(
    docker run --detach --entrypoint=tail \
      --mount="$(bind "$GITHUB_WORKSPACE")" --mount="$(bind "$RUNNER_TEMP")" \
      "${options[@]}" "$image" -f /dev/null
  )
  tell container "$container"
  [[ $(docker exec "$container" /entry-point.sh --version 2>&1) == guix-entry-point\ * ]] ||
    fail "The image $image has no guix-entry-point as /entry-point.sh. The input 'image' is for one that has."
  docker cp --quiet "$repository/image/store-cache" "$container:/usr/local/bin/guix-store-cache"
  # The workspace belongs to the runner's user, and Git would refuse it.
  docker exec "$container" sh -c 'printf "[safe]\n\tdirectory = *\n" >>"$HOME/.gitconfig"'
  rm -rf "$cache" "$logs"
  mkdir "$cache"
  # In assignments of their own: a failure in a word of a command would pass unnoticed.
  store=$(docker exec "$container" guix-store-cache begin)
  channels=$(hash_channels)
  tell key "guix-1-$(uname -m)-$store-$channels-"
  tell other-keys "guix-1-$(uname -m)-$store-"$'\n'"guix-1-$(uname -m)-"
}

# A bind mount of a directory at the same place: the list is CSV, and a name may have any character.
bind() {
  local quoted=${1//\"/\"\"}
  echo "type=bind,\"source=$quoted\",\"target=$quoted\""
}

hash_channels() {
  cd "$GITHUB_WORKSPACE"
  { printf '%s\n' "$GUIX_CACHE_KEY"; [ -z "$GUIX_CHANNELS" ] || cat -- "$GUIX_CHANNELS"; } |
    sha256sum | cut -c 1-16
}

run() {
  container=$GUIX_CONTAINER
  local status=0 contents script
  script=$(write_script)
  user=$(docker exec "$container" id -u)
  # A container begins anew to end all that runs in it: what is its user's has yet to be given back.
  trap 'docker restart -t 0 "$container" >/dev/null; exit 143' INT TERM
  trap give_back EXIT
  # Root may write anywhere.
  [ "$user" = 0 ] || hand_over "$(id -u)" "$user"
  if [ "$GUIX_CACHE" = true ]; then
    docker exec "$container" guix-store-cache restore "$cache"
  fi
  { pull_channels && enter "$script"; } || status=$?
  if [ "$GUIX_CACHE" = true ]; then
    if contents=$(docker exec "$container" guix-store-cache save "$cache" "$GUIX_CACHE_LIMIT"); then
      tell key "$GUIX_KEY$contents"
    else
      echo '::warning::The store is not cached'
    fi
  fi
  [ ! -e "$logs" ] || tell logs "$logs"
  return "$status"
}

# As a runner's own 'shell: bash' does.
write_script() {
  local script
  script=$(mktemp "$RUNNER_TEMP/guix-run-XXXXXX")
  printf '%s\n' '#!/usr/bin/env bash' 'set -eo pipefail' "$GUIX_RUN" >"$script"
  chmod 755 "$script"
  echo "$script"
}

pull_channels() {
  [ -n "$GUIX_CHANNELS" ] || return 0
  local home
  # errexit is off in what is asked for its status.
  home=$(docker exec "$container" sh -c 'mkdir -p "$HOME/.config/guix" && echo "$HOME"') &&
    docker cp --quiet --follow-link -- "$GUIX_CHANNELS" "$container:$home/.config/guix/channels.scm" &&
    enter guix pull
}

# Runs a command through the entry point. We wait for it so that a signal doesn't have to.
enter() {
  local name options=(--workdir="$GITHUB_WORKSPACE/$GUIX_DIRECTORY")
  options+=(--env="GUIX_ENTRY_POINT_LOGS_ARCHIVE=$logs" --env="SUBSTITUTE_URLS=$GUIX_SUBSTITUTE_URLS")
  for name in $(compgen -e | grep -E '^(CI$|GITHUB_|RUNNER_)') $GUIX_ENVIRONMENT; do
    options+=(--env="$name")
  done
  docker exec "${options[@]}" "$container" /entry-point.sh "$@" &
  wait $!
}

# What the container's user has, the runner's has to be able to remove.
give_back() {
  hand_over "$user" "$(id -u):$(id -g)"
}

# FROM TO. What the options of the container take away from root is given to this.
hand_over() {
  docker exec --privileged --user=0 "$container" find "$GITHUB_WORKSPACE" "$RUNNER_TEMP" -xdev -uid "$1" \
    -exec chown --no-dereference "$2" {} +
}

stop() {
  docker rm --force --volumes "$GUIX_CONTAINER" >/dev/null
}

fail() {
  echo "::error::${1//%/%25}"
  exit 1
}

# Sets an output of the step; the value may have several lines.
tell() {
  printf '%s<<end-of-value\n%s\nend-of-value\n' "$1" "$2" >&"$output"
}

cd "$GITHUB_WORKSPACE"
"$1"
