#!/bin/bash
# The steps of action.yml: start, run, stop. The inputs of the action come as GUIX_… variables, and
# never as text of a program.
set -euo pipefail

cache=$RUNNER_TEMP/guix-cache
logs=$RUNNER_TEMP/guix-build-logs.tar.gz
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A container that waits, as for a job's own; it has the workspace and the runner's files, where the
# runner has them.
start() {
  [ -z "$GUIX_CHANNELS" ] || [ -f "$GUIX_CHANNELS" ] ||
    fail "The input 'channels' is $GUIX_CHANNELS, and the workspace has no such file. Is there a checkout before this step?"
  docker image inspect "$GUIX_IMAGE" >/dev/null 2>&1 || docker pull --quiet "$GUIX_IMAGE" >&2
  local options store channels
  read -r -d '' -a options <<<"$GUIX_OPTIONS" || true
  container=$(
    docker run --detach --entrypoint=tail \
      --mount="$(bind "$GITHUB_WORKSPACE")" --mount="$(bind "$RUNNER_TEMP")" \
      "${options[@]}" "$GUIX_IMAGE" -f /dev/null
  )
  tell container "$container"
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
  trap 'docker kill "$container" >/dev/null; exit 143' INT TERM
  local status=0 contents
  if [ "$GUIX_CACHE" = true ]; then
    docker exec "$container" guix-store-cache restore "$cache"
  fi
  { pull_channels && run_script; } || status=$?
  if [ "$GUIX_CACHE" = true ]; then
    if contents=$(docker exec "$container" guix-store-cache save "$cache"); then
      tell key "$GUIX_KEY$contents"
    else
      echo '::warning::The store is not cached'
    fi
  fi
  [ ! -e "$logs" ] || tell logs "$logs"
  give_back
  return "$status"
}

pull_channels() {
  [ -n "$GUIX_CHANNELS" ] || return 0
  local home
  # errexit is off in what is asked for its status.
  home=$(docker exec "$container" sh -c 'mkdir -p "$HOME/.config/guix" && echo "$HOME"') &&
    docker cp --quiet --follow-link -- "$GUIX_CHANNELS" "$container:$home/.config/guix/channels.scm" &&
    enter guix pull
}

# As a runner's own 'shell: bash' does.
run_script() {
  local script
  script=$(mktemp "$RUNNER_TEMP/guix-run-XXXXXX")
  printf '%s\n' '#!/usr/bin/env bash' 'set -eo pipefail' "$GUIX_RUN" >"$script"
  chmod 755 "$script"
  enter "$script"
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

# What the container's user has written belongs to the runner's: it has to be able to remove it.
give_back() {
  local user
  user=$(docker exec "$container" id -u)
  docker exec --user=0 "$container" find "$GITHUB_WORKSPACE" "$RUNNER_TEMP" -xdev -uid "$user" \
    -exec chown --no-dereference "$(id -u):$(id -g)" {} +
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
  printf '%s<<end-of-value\n%s\nend-of-value\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

cd "$GITHUB_WORKSPACE"
"$1"
