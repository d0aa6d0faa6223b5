"""Settings of a process that serves: its garbage collection and its limit of open files."""

import gc
import resource
from contextlib import suppress
from typing import Final

# A request creates some hundred short-lived objects: rarer garbage collections cost less.
GARBAGE_THRESHOLDS: Final = (20_000, 20, 50)


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
