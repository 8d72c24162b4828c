"""Run a program that the kernel ends when its parent dies.

Usage: ``python die_with_parent.py PARENT_PID COMMAND...``

It needs the standard library alone and is run by its path, so that it costs no import of the
package. A ``preexec_fn`` would do the same, but is not safe in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Ask for SIGTERM at the parent's death, then become the program."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            # It died before the request; nobody is left to send the signal.
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  # becoming the program is the point


if __name__ == "__main__":
    main()
