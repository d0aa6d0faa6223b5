"""Give the images of strangers to worker processes, so that none holds up or brings down the service.

A worker starts with the first image or with `warm`, does one step at a time, and is replaced when it dies or takes too
long; that counts as time of this image. A step that was given up is finished: a worker takes as long to start as some
steps. Senders share the workers step by step, so that a large image delays others for one step only; or image by image,
where the steps of one are short, and each further wait would be for a whole image of every other sender.
"""

import asyncio
import math
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Final, Self, TypeVar

from shared.fair_queue import FairQueue, LaneFull, QueueFull
from shared.images import messages
from shared.images.refusals import ImageRefused
from shared.logs import Log

START_TIMEOUT_S: Final = 60.0
# The images of so many senders may wait, if each has as many there as it may.
WAITING_SENDERS: Final = 4

_MAX_REPLY_BYTES: Final = 4 * 1024 * 1024
# A worker reads files of strangers, so it inherits no secret that the environment may hold.
_INHERITED: Final = ("LD_LIBRARY_PATH", "PATH", "SYSTEMROOT")


class WorkersBusy(Exception):
    """More images are waiting than the workers take on, or no worker starts: try again later."""


class WorkersClosed(RuntimeError):
    """The workers were ended and take no more images."""


class WorkerLost(Exception):
    """The worker process ended, or answered nonsense, and must be replaced."""


class WorkerPool:
    """A pool of worker processes, for one event loop."""

    def __init__(self, module: str, log: str, *, workers: int, waiting: int, timeout_s: float) -> None:
        """Start nothing yet. `module` is what a worker runs; `timeout_s` is for one image, without its wait.

        While `waiting` images of a sender wait for a worker, further ones are refused.
        """
        self._timeout_s = timeout_s
        self._log = Log(log)
        self._workers = [_Worker(module, timeout_s) for _ in range(workers)]
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._queue = FairQueue(workers, waiting_per_lane=waiting, waiting=WAITING_SENDERS * waiting)
        self._steps: set[asyncio.Task[bytes]] = set()
        self._missing: list[str] | None = None
        self._closed = False

    async def warm(self) -> None:
        """Start the idle workers now; the first image then need not wait for that."""
        idle = [self._idle.get_nowait() for _ in range(self._idle.qsize())]
        try:
            await asyncio.gather(*map(self._start, idle))
        finally:
            for worker in idle:
                self._idle.put_nowait(worker)

    @contextmanager
    def steps(self, sender: str, *, in_one_turn: bool = False) -> Iterator["Steps"]:
        """Wait among the images of a sender, and take the steps of one. Raises WorkersBusy, of a step WorkersClosed.

        `in_one_turn` keeps the worker from the first step until the block ends: do nothing long between steps.
        """
        try:
            with Steps(self._queue, sender, self._timeout_s, self._take_step, in_one_turn=in_one_turn) as steps:
                yield steps
        except (LaneFull, QueueFull) as full:
            raise WorkersBusy("as many images as may be are waiting already") from full

    def _take_step(self, message: bytes, clock: "_Allowance") -> asyncio.Task[bytes]:
        step = asyncio.create_task(self._answer(message, clock))
        self._steps.add(step)
        step.add_done_callback(self._steps.discard)
        # Those who waited for it may have gone.
        step.add_done_callback(lambda done: done.cancelled() or done.exception())
        return step

    async def _answer(self, message: bytes, clock: "_Allowance") -> bytes:
        worker = await self._idle.get()
        try:
            if self._closed:
                raise WorkersClosed("the workers were ended")
            await self._start(worker)
            try:
                return await worker.answer(message, clock)
            except ImageRefused:
                if not self._closed:
                    # Who comes next need not wait for another worker to start.
                    with suppress(WorkersBusy):
                        await self._start(worker)
                raise
        finally:
            self._idle.put_nowait(worker)

    async def _start(self, worker: "_Worker") -> None:
        try:
            missing = await worker.start()
        except (WorkerLost, TimeoutError, OSError) as error:
            self._log.failure("image-worker-not-started", error)
            raise WorkersBusy("no worker can be started") from error
        if missing is not None and missing != self._missing:
            self._missing = missing
            say = self._log.warning if missing else self._log.info
            say("image-worker-confined", missing=missing)

    async def close(self) -> None:
        """End all workers at once; images still being extracted are refused, those that wait raise WorkersClosed."""
        self._closed = True
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        await asyncio.gather(*self._steps, return_exceptions=True)


class _Allowance:
    """The time that one image may take, of which each step uses up some."""

    def __init__(self, seconds: float) -> None:
        self.seconds = self._left = seconds

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Count the time that the block takes. Raises TimeoutError when none is left."""
        time = asyncio.get_running_loop().time
        began = time()
        try:
            async with asyncio.timeout(self._left):
                yield
        finally:
            self._left -= time() - began


T = TypeVar("T")
TakeStep = Callable[[bytes, _Allowance], asyncio.Task[bytes]]


class Steps:
    """The steps of one image, each of which waits for its turn among those of all senders, or all of them once."""

    def __init__(
        self, queue: FairQueue, sender: str, seconds: float, take: TakeStep, *, in_one_turn: bool = False
    ) -> None:
        self._in_one_turn = in_one_turn
        self._queue = queue
        self._sender = sender
        self._allowance = _Allowance(seconds)
        self._take = take
        self._step: asyncio.Task[bytes] | None = None

    def __enter__(self) -> Self:
        """Wait among the images of the sender. Raises LaneFull, QueueFull."""
        self._turn = self._queue.join(self._sender)
        return self

    def __exit__(self, *_: object) -> None:
        if self._step is None or self._step.done():
            self._leave()
        else:
            # It was given up: what it takes still is its sender's time.
            self._step.add_done_callback(self._leave)

    def _leave(self, _: object = None) -> None:
        self._queue.leave(self._sender, self._turn)

    async def take(self, message: bytes, kind: bytes, parse: Callable[[bytes], T]) -> T:
        """Return what a worker answers to a message, of the kind that is expected.

        Raises ImageRefused, with a reason fit for the sender, also when the image costs a worker its life or more than
        the time allowed.
        """
        if self._step is not None and not self._in_one_turn:
            self._turn = self._queue.renew(self._sender, self._turn)
        await self._turn
        self._step = self._take(message, self._allowance)
        reply = await asyncio.shield(self._step)
        try:
            if reply[:1] == messages.REFUSED:
                raise ImageRefused(messages.reason_of(reply[1:]))
            if reply[:1] != kind:
                raise _brought_down()
            return parse(reply[1:])
        except messages.Garbled as garbled:
            raise _brought_down() from garbled


class _Worker:
    """One worker process, started when needed. Takes one step at a time: the pool sees to that."""

    def __init__(self, module: str, timeout_s: float) -> None:
        self._module = module
        self._timeout_s = timeout_s
        self._process: Process | None = None

    async def start(self) -> list[str] | None:
        """See that the process runs, ready to answer; if it was started now, return what it is not kept from.

        Raises WorkerLost, TimeoutError, OSError.
        """
        if self._process is not None and self._process.returncode is None:
            return None
        # The worker ends itself a little after the time at which it should have been ended, if nobody is left to.
        command = (sys.executable, "-P", "-m", self._module, str(math.ceil(self._timeout_s) + 5))
        self._process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=_environment())
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                return _missing(await _reply(self._process))
        except BaseException:
            await self.stop()
            raise

    async def answer(self, message: bytes, allowance: _Allowance) -> bytes:
        """Return the answer; after anything but one the process is ended, since its streams are out of step.

        Raises ImageRefused.
        """
        assert self._process is not None  # noqa: S101 - it was started
        answered = False
        try:
            async with allowance.running():
                reply = await _exchange(self._process, message)
            answered = True
        except TimeoutError as error:
            raise ImageRefused(f"the image took longer than {allowance.seconds:.0f} s: crop it") from error
        except WorkerLost as error:
            raise _brought_down() from error
        finally:
            if not answered:
                await self.stop()
        return reply

    async def stop(self) -> None:
        """End the process, if any, and wait until it is gone."""
        process, self._process = self._process, None
        if process is None or process.stdin is None:
            return
        # This ends it as well, if this process may not kill it.
        process.stdin.close()
        with suppress(ProcessLookupError, PermissionError):
            process.kill()
        await process.wait()


def _brought_down() -> ImageRefused:
    return ImageRefused("the image brought its decoder down: it is damaged, save it anew")


def _environment() -> dict[str, str]:
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)
    environment["OPENBLAS_NUM_THREADS"] = "1"
    return environment


def _missing(reply: bytes) -> list[str]:
    if reply[:1] != messages.READY:
        raise WorkerLost("the worker did not report ready")
    return reply[1:].decode("ascii").split(",") if reply[1:] else []


async def _exchange(process: Process, message: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 - PIPE was asked for
    try:
        process.stdin.write(messages.frame(message))
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise WorkerLost("the worker ended while it was sent an image") from error
    return await _reply(process)


async def _reply(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101 - PIPE was asked for
    try:
        length = int.from_bytes(await process.stdout.readexactly(messages.LENGTH_BYTES))
        if length > _MAX_REPLY_BYTES:
            raise WorkerLost(f"the worker announces a reply of {length} bytes")
        return await process.stdout.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise WorkerLost("the worker ended before it answered") from error
