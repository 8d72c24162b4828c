"""Run a program and say what went wrong in its own words."""

import subprocess

from tests.cluster.trouble import ClusterTrouble

__all__ = ["command"]


def command(
    *arguments: str,
    stdin: str | None = None,
    timeout: float | None = None,
    shown: str | None = None,
) -> str:
    """Run a system program.

    Parameters
    ----------
    *arguments
        Its command line.
    stdin
        Text for its standard input.
    timeout
        Seconds until it is given up; no limit if left out.
    shown
        How messages call the command; its whole line if left out.

    Returns
    -------
    str
        Its standard output.

    Raises
    ------
    ClusterTrouble
        It failed, with its own words, or took too long.
    """
    shown = shown or " ".join(arguments)
    try:
        done = subprocess.run(
            arguments, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ClusterTrouble(f"`{shown}` took over {timeout:g} s.") from error
    if done.returncode:
        raise ClusterTrouble(f"`{shown}` failed: {done.stderr.strip()}")
    return done.stdout
