"""Settings of a process: its garbage collection, its limit of open files, and its end with that of its parent."""

import ctypes
import gc
import resource
import signal
import sys
from contextlib import suppress
from typing import Final

# A request creates some hundred short-lived objects: rarer garbage collections cost less.
GARBAGE_THRESHOLDS: Final = (20_000, 20, 50)
# Of prctl(2).
PR_SET_PDEATHSIG: Final = 1


def settle_memory() -> None:
    """Exclude the objects of the start from later garbage collections; call this when the start is complete.

    Hardly any of them is garbage: to collect first would take a tenth of the start.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(*GARBAGE_THRESHOLDS)


def allow_open_files() -> None:
    """Raise the limit of open files to the maximum: a mailbox needs some for each bureau."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        # Some systems refuse an unlimited value.
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def die_with_parent() -> None:
    """Have the system end this process when its parent ends (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
