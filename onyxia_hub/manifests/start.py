"""The script that every service starts with."""

from __future__ import annotations

from onyxia_hub.manifests.git import GIT_SERVER, GIT_TOKEN

__all__ = ["CLONE_FAILED", "MESSAGE_PREFIX", "start_script"]

#: Start of each line that the script itself writes, by which the hub finds them in a log.
MESSAGE_PREFIX = "onyxia-hub: "

#: Start of the line, after the prefix, for a clone that ended the start.
CLONE_FAILED = "the repository could not be cloned: "

# POSIX sh, because it runs in any image. Files of a Secret volume are not executable, hence the
# interpreter is read from the first line of init.sh, as the kernel would.
_SCRIPT = """\
#!/bin/sh
# Clones the chosen repository, runs the init script, then becomes the program: sh start.sh COMMAND…
folder=$(dirname "$0")
ONYXIA_BIN=$folder/bin
PATH=$PATH:$ONYXIA_BIN
export ONYXIA_BIN PATH
say() { printf '%s%s\\n' '@PREFIX@' "$1" >&2; }

# Adds to what the image and the profile configure (git-config(1), GIT_CONFIG_COUNT).
configure_git() {
  at=${GIT_CONFIG_COUNT:-0}
  export "GIT_CONFIG_KEY_$at=$1" "GIT_CONFIG_VALUE_$at=$2" "GIT_CONFIG_COUNT=$((at + 1))"
}

# The token goes to the one server that it is for, and is in no file, address or command line. The
# empty value drops other helpers for that server, of which some would write it down.
if [ -n "$@SERVER@" ] && [ -n "$@TOKEN@" ]; then
  configure_git "credential.$@SERVER@.helper" ''
  configure_git "credential.$@SERVER@.helper" '@HELPER@'
fi

clone() {
  name=$(basename -- "$GIT_REPOSITORY")
  target="${ROOT_PROJECT_DIRECTORY:-$PWD}/${name%.git}"
  if [ -e "$target" ]; then
    say "the repository was not cloned: $target exists and was left as it is"
    return
  fi
  if ! command -v git >/dev/null 2>&1; then
    say "@CLONE_FAILED@git is not installed here"
    exit 127
  fi
  set -- git clone --quiet ${GIT_BRANCH:+"--branch=$GIT_BRANCH"} -- "$GIT_REPOSITORY" "$target"
  # An address that does not answer must not hold the start.
  command -v timeout >/dev/null 2>&1 && set -- timeout 120 "$@"
  # Nobody is there to type a password now; in the program's terminals somebody is.
  GIT_TERMINAL_PROMPT=0 "$@" </dev/null
  code=$?
  [ "$code" -eq 0 ] && return
  say "@CLONE_FAILED@git ended with exit code $code"
  exit "$code"
}

[ -n "$GIT_REPOSITORY" ] && clone

if [ -f "$folder/init.sh" ]; then
  interpreter=sh
  read -r first <"$folder/init.sh"
  case $first in '#!'*) interpreter=${first#??} ;; esac
  # Not quoted: "#!/usr/bin/env bash" is a program and its argument.
  $interpreter "$folder/init.sh" </dev/null
  code=$?
  if [ "$code" -ne 0 ]; then
    say "the init script ended with exit code $code"
    exit "$code"
  fi
fi

# Login shells, which terminals start, begin with a PATH of their own; bash takes functions from its
# environment in any case (bash(1), "Functions").
if command -v env >/dev/null 2>&1; then
  exec env 'BASH_FUNC_onyxia%%=() { "$ONYXIA_BIN/onyxia" "$@"; }' "$@"
fi
exec "$@"
"""


# What git runs by a shell (gitcredentials(7), "Custom Helpers"). A name in the repository's address
# counts; the other is one that GitHub, GitLab, Gitea and Forgejo take beside any token.
_HELPER = (
    '!token() { test "$1" = get && test -n "$@TOKEN@" || return 0; name=oauth2; '
    'while IFS== read -r key value; do test "$key" = username && name=$value; done; '
    'printf "username=%s\\npassword=%s\\n" "$name" "$@TOKEN@"; }; token'
)


def start_script() -> str:
    """Return the text of ``start.sh``.

    It is run as ``sh DIRECTORY/start.sh COMMAND…`` with ``init.sh``, if there is one, beside it. A
    repository that can't be cloned and an init script that fails end the service with git's or the
    script's exit code, and a line on stderr: who asked for either does not want a program without
    it. A folder that is there already is left as it is, for it holds the work of earlier starts.
    The token that the user keeps for git serves the clone and whatever git does in the service.
    """
    script = _SCRIPT.replace("@HELPER@", _HELPER)
    for place, text in {
        "@PREFIX@": MESSAGE_PREFIX,
        "@CLONE_FAILED@": CLONE_FAILED,
        "@SERVER@": GIT_SERVER,
        "@TOKEN@": GIT_TOKEN,
    }.items():
        script = script.replace(place, text)
    return script
