"""Extracts minutiae in a process of its own, as the network takes hundreds of megabytes."""

from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

from services.fingerprints.images import Pixels
from services.fingerprints.minutiae import Template, extract


def extracted(pixels: Pixels) -> Template:
    """Return what `extract` returns. Raises ImageRefused as it does."""
    return _process().submit(extract, pixels).result()


def end_process() -> None:
    """End the process, if there is one."""
    _process().shutdown()
    _process.cache_clear()


@cache
def _process() -> ProcessPoolExecutor:
    # It starts with the first image.
    return ProcessPoolExecutor(1, get_context("spawn"))
