"""The command ``onyxia`` inside a service, and the list that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from onyxia_hub.manifests.names import EXPIRY_FILE

__all__ = ["command_script", "expiry_of", "expiry_text"]

# POSIX sh, because it runs in any image, and only `date` and `cat` of what an image may lack.
_SCRIPT = """\
#!/bin/sh
# Tells until when this service has access to S3 and Vault, and gives a shell the present values.
folder=$(dirname -- "$(dirname -- "$0")")

usage() {
  cat <<'END'
Usage: onyxia credentials            until when this service has access to S3 and Vault
       onyxia credentials --export   the present values as commands for a shell:
                                     eval "$(onyxia credentials --export)"

The hub renews the access of a service while it runs. What reads AWS_CONFIG_FILE (boto3, s3fs,
pyarrow, DuckDB, the AWS CLI) sees new keys by itself, and VAULT_TOKEN is extended in place. What
reads its environment only once (mc, aws.s3 of R) is started anew after the line above.
END
}

left() {
  minutes=$((($1 - $(date +%s)) / 60))
  if [ "$1" -le "$(date +%s)" ]; then
    echo "has ended"
  elif [ "$minutes" -ge 2880 ]; then
    echo "is good for $((minutes / 1440)) more days"
  elif [ "$minutes" -ge 120 ]; then
    echo "is good for $((minutes / 60)) more hours"
  else
    echo "is good for $minutes more minutes"
  fi
}

list() {
  if [ ! -s "$folder/@EXPIRY@" ]; then
    echo "This service has no access to S3 or Vault."
    return
  fi
  while read -r name until seconds; do
    case $name in s3) name=S3 ;; vault) name=Vault ;; esac
    echo "$name access $(left "$seconds"), until $until."
  done <"$folder/@EXPIRY@"
}

case "$1 $2" in
  "credentials ") list ;;
  "credentials --export")
    for file in "$folder"/export-*.sh; do
      if [ -f "$file" ]; then cat "$file"; fi
    done
    ;;
  "--help " | "-h " | "help " | "credentials --help" | " ") usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
"""


def command_script() -> str:
    """Return the text of the command, which lies in a folder below the credentials' directory."""
    return _SCRIPT.replace("@EXPIRY@", EXPIRY_FILE)


def expiry_text(expires_at: Mapping[str, datetime]) -> str:
    """Return the list of what ends when: a line with name, ISO 8601 in UTC and Unix seconds each.

    Parameters
    ----------
    expires_at
        End (aware) by provider.
    """
    return "".join(
        f"{name} {end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {int(end.timestamp())}\n"
        for name, end in sorted(expires_at.items())
    )


def expiry_of(text: str) -> dict[str, datetime]:
    """Return the ends by provider in such a list; lines that are none are left out."""
    ends = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 3 and parts[2].isascii() and parts[2].isdigit() and len(parts[2]) < 12:
            ends[parts[0]] = datetime.fromtimestamp(int(parts[2]), UTC)
    return ends
