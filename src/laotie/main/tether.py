"""Runs a command that ends with its parent: `python -m laotie.main.tether COMMAND …`.

A supervisor that is killed cannot stop its children; the kernel asks them to (Linux; elsewhere this only runs them).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, then become the command."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the kernel was asked
            sys.exit(1)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the supervisor's own commands


if __name__ == "__main__":
    main()
