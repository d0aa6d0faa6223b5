"""Draws synthetic records batch by batch, on all cores if there are many batches: the same whatever their number."""

import asyncio
import gc
import multiprocessing
import os
import signal
from collections.abc import AsyncGenerator, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any, Final

from shared.bureaus import BureauCode
from shared.process import die_with_parent
from shared.service import Service

# A process begins in two seconds, in which a few batches are drawn.
BATCHES_WORTH_A_PROCESS: Final = 8
# Batches that are drawn ahead of the one that is stored, for each process: they take memory.
AHEAD: Final = 2
# So that a mesh that runs on the same cores is served first.
NICENESS: Final = 10
# Objects made between two collections of garbage, of which records leave none: the default of 700 costs a fifth of the
# time.
COLLECTED_AFTER: Final = 50_000


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn for the store of a service."""

    records: int
    seed: int
    owners: Sequence[BureauCode]
    at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a drawing, that are entered together."""

    service: Service
    drawing: Drawing
    start: int
    count: int

    def draw(self) -> Any:
        """Return the records: a batch has a generator of its own, so they depend on no other."""
        drawing = self.drawing
        random = Random(f"{drawing.seed}/{self.service.name}/{self.start}/{self.count}")
        return self.service.draw(random, self.count, drawing.owners, drawing.at)


def batches_of(service: Service, drawing: Drawing, size: int) -> Iterator[Batch]:
    """Yield the batches of a drawing in their order."""
    for start in range(0, drawing.records, size):
        yield Batch(service, drawing, start, min(size, drawing.records - start))


def drawing_processes(batches: int) -> int:
    """Return by how many processes so many batches are drawn; 0 for few, which a thread draws."""
    return min(os.cpu_count() or 1, batches // BATCHES_WORTH_A_PROCESS)


async def drawn(batches: Sequence[Batch], processes: int) -> AsyncGenerator[tuple[Batch, Any], None]:
    """Yield each batch with its records in order, drawn ahead by so many processes, or by a thread if by none."""
    drawers = _drawers(processes)
    try:
        left = iter(batches)
        ahead: list[tuple[Batch, Future[Any]]] = []
        while True:
            more = islice(left, AHEAD * max(1, processes) - len(ahead))
            ahead += [(batch, drawers.submit(batch.draw)) for batch in more]
            if not ahead:
                return
            batch, future = ahead.pop(0)
            yield batch, await asyncio.wrap_future(future)
    finally:
        drawers.shutdown(cancel_futures=True)


def _drawers(processes: int) -> Executor:
    if processes == 0:
        return ThreadPoolExecutor(1)
    # Not forked, as the process that stores may have threads and connections.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_begin_drawing)


def _begin_drawing() -> None:
    """Leave Ctrl-C to the process that stores, and the cores to others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent()
    os.nice(NICENESS)
    gc.set_threshold(COLLECTED_AFTER, *gc.get_threshold()[1:])


@contextmanager
def few_collections() -> Iterator[None]:
    """Collect garbage less often while the block runs."""
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
