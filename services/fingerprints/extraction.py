"""Extract templates in worker processes, so that an image can hold up or bring down neither event loop nor service.

A worker starts with the first image or with `warm`, serves one image at a time, and is replaced when it dies or takes
too long. onnxruntime is loaded by the workers only.
"""

import asyncio
import math
import os
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Final

from services.fingerprints.extraction_worker import LENGTH_BYTES, READY, TEMPLATE, frame
from services.fingerprints.image_headers import ImageRefused, read_header
from services.fingerprints.minutiae import Template
from shared.fair_queue import FairQueue, LaneFull, QueueFull

START_TIMEOUT_S: Final = 60.0
# The images of so many senders may wait, if each has as many there as it may.
WAITING_SENDERS: Final = 4
_GRACE_S: Final = 1.0

_MODULE: Final = "services.fingerprints.extraction_worker"
_MAX_REPLY_BYTES: Final = 65536
# A worker reads files of strangers, so it inherits no secret that the environment may hold.
_INHERITED: Final = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT")


class ExtractorBusy(Exception):
    """More images are waiting than the extractor takes on: try again later."""


class ExtractorClosed(RuntimeError):
    """The extractor was closed and takes no more images."""


class WorkerLost(Exception):
    """The worker process ended, or answered nonsense, and must be replaced."""


class Extractor:
    """A pool of worker processes, for one event loop."""

    def __init__(self, *, workers: int = 1, threads: int = 1, waiting: int = 16, timeout_s: float = 30.0) -> None:
        """Start nothing yet. `threads` is for the network in each worker; `timeout_s` for one image, without its wait.

        While `waiting` images of a sender wait for a worker, further ones are refused. Senders take turns.
        """
        self._workers = [_Worker(threads, timeout_s) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._queue = FairQueue(workers, waiting_per_lane=waiting, waiting=WAITING_SENDERS * waiting)
        self._closed = False

    async def warm(self) -> None:
        """Start the idle workers now; the first image then need not wait for that."""
        idle = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        try:
            await asyncio.gather(*(worker.start() for worker in idle))
        finally:
            for worker in idle:
                self._idle.put_nowait(worker)

    async def template(self, image: bytes, sender: str = "") -> Template:
        """Return the template of a PNG or WSQ file of a sender.

        Raise ImageRefused, with a reason fit for the sender, also when the image costs a worker its life or more than
        the time allowed; ExtractorBusy when too many images wait; ExtractorClosed.
        """
        read_header(image)
        try:
            with self._queue.place(sender) as turn:
                await turn
                return await self._by_next_worker(image)
        except (LaneFull, QueueFull) as full:
            raise ExtractorBusy("as many images as may be are waiting for extraction already") from full

    async def _by_next_worker(self, image: bytes) -> Template:
        worker = await self._idle.get()
        try:
            if self._closed:
                raise ExtractorClosed("the extractor was closed")
            return await worker.template(image)
        finally:
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """End all workers at once; images still being extracted are refused, those that wait raise ExtractorClosed."""
        self._closed = True
        await asyncio.gather(*(worker.stop() for worker in self._workers))


class _Worker:
    """One worker process, started when needed. Serves one image at a time: the pool sees to that."""

    def __init__(self, threads: int, timeout_s: float) -> None:
        self._threads = threads
        self._timeout_s = timeout_s
        self._process: Process | None = None

    async def start(self) -> Process:
        """Return the running process, once it has loaded the network."""
        if self._process is None or self._process.returncode is not None:
            self._process = await self._spawn()
            try:
                async with asyncio.timeout(START_TIMEOUT_S):
                    await _ready(self._process)
            except BaseException:
                await self.stop()
                raise
        return self._process

    async def template(self, image: bytes) -> Template:
        """Return the template; after anything but an answer the process is ended, since its streams are out of step."""
        process = await self.start()
        answered = False
        try:
            async with asyncio.timeout(self._timeout_s):
                reply = await _exchange(process, image)
            answered = True
        except TimeoutError as error:
            raise ImageRefused(f"extraction took longer than {self._timeout_s:.0f} s: crop the image") from error
        except WorkerLost as error:
            raise ImageRefused("the image brought its decoder down: it is damaged, save it anew") from error
        finally:
            if not answered:
                await self.stop()
        return _template_of(reply)

    async def stop(self) -> None:
        """End the process, if any, and wait until it is gone."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        process.stdin.close()  # upon which it ends, even in the midst of an image
        try:
            async with asyncio.timeout(_GRACE_S):
                await process.communicate()
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _spawn(self) -> Process:
        # The worker ends itself a little after the time at which it should have been ended, if nobody is left to.
        arguments = (str(self._threads), str(math.ceil(self._timeout_s) + 5))
        command = (sys.executable, "-P", "-m", _MODULE, *arguments)
        return await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=_environment())


def _environment() -> dict[str, str]:
    """Return what a worker needs: the system's paths and where this program's modules are."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    environment["OPENBLAS_NUM_THREADS"] = "1"
    return environment


async def _ready(process: Process) -> None:
    if await _reply(process) != READY:
        raise WorkerLost("the worker did not report ready")


async def _exchange(process: Process, image: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 - PIPE was asked for
    try:
        process.stdin.write(frame(image))
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise WorkerLost("the worker ended while it was sent an image") from error
    return await _reply(process)


async def _reply(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    try:
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES))
        if length > _MAX_REPLY_BYTES:
            raise WorkerLost(f"the worker announces a reply of {length} bytes")
        return await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise WorkerLost("the worker ended before it answered") from error


def _template_of(reply: bytes) -> Template:
    kind, body = reply[:1], reply[1:]
    if kind == TEMPLATE:
        return Template.from_bytes(body)
    raise ImageRefused(body.decode())
