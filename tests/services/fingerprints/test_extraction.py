"""Extraction happens in other processes, which die with the service and not with it."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from services.fingerprints.extraction import Extractor, ExtractorBusy, ExtractorClosed
from services.fingerprints.image_headers import ImageRefused
from services.fingerprints.images import decode
from services.fingerprints.minutiae import extract
from services.fingerprints.synthetic_prints import Finger
from tests.services.fingerprints.test_images import saved

ROOT = Path(__file__).parents[3]
IMAGE = Finger(7).png()


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    extractor = Extractor(waiting=1)
    yield extractor
    await extractor.close()


def worker_pid(extractor: Extractor) -> int:
    process = extractor._workers[0]._process
    assert process is not None
    return process.pid


async def test_a_worker_extracts_what_the_module_extracts(extractor: Extractor) -> None:
    """The process adds nothing and loses nothing; a refusal in it reaches the caller and leaves it running."""
    await extractor.warm()
    pid = worker_pid(extractor)
    with pytest.raises(ImageRefused, match="no print"):
        await extractor.template(saved(np.full((200, 200), 240, np.uint8)))
    with pytest.raises(ImageRefused, match="damaged"):
        await extractor.template(IMAGE[:3000])
    assert await extractor.template(IMAGE) == extract(decode(IMAGE))
    assert worker_pid(extractor) == pid


async def test_an_image_that_kills_its_worker_is_refused_and_the_worker_replaced(extractor: Extractor) -> None:
    """One bad file costs its sender an answer, and nobody else anything."""
    await extractor.warm()
    request = asyncio.create_task(extractor.template(IMAGE))
    await asyncio.sleep(0)
    killed = worker_pid(extractor)
    os.kill(killed, signal.SIGSEGV)
    with pytest.raises(ImageRefused, match="brought its decoder down"):
        await request
    await extractor.warm()
    assert worker_pid(extractor) != killed


async def test_an_image_that_takes_too_long_is_refused() -> None:
    """A worker that does not answer in time is ended."""
    extractor = Extractor(timeout_s=0.01)
    await extractor.warm()
    pid = worker_pid(extractor)
    with pytest.raises(ImageRefused, match="took longer"):
        await extractor.template(IMAGE)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await extractor.close()


async def test_more_images_than_may_wait_are_refused(extractor: Extractor) -> None:
    """With one worker and one place to wait, a third image of a sender is refused; cancelling makes room."""
    accepted = [asyncio.create_task(extractor.template(IMAGE)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ExtractorBusy):
        await extractor.template(IMAGE)
    other = asyncio.create_task(extractor.template(IMAGE, "DE"))
    await asyncio.sleep(0)
    assert not other.done()
    accepted.append(other)
    for request in accepted:
        request.cancel()
        with suppress(asyncio.CancelledError):
            await request
    assert extractor._queue.idle


async def test_a_bad_header_is_refused_without_a_worker(extractor: Extractor) -> None:
    """Nonsense does not cost a process."""
    with pytest.raises(ImageRefused, match="neither PNG nor WSQ"):
        await extractor.template(b"nonsense")
    assert extractor._workers[0]._process is None


async def test_a_closed_extractor_takes_no_images() -> None:
    """Neither new images nor those that wait are extracted after closing."""
    extractor = Extractor()
    await extractor.close()
    with pytest.raises(ExtractorClosed):
        await extractor.template(IMAGE)


PARENT = """
import asyncio, sys
from services.fingerprints.extraction import Extractor

async def main():
    extractor = Extractor()
    await extractor.warm()
    print(extractor._workers[0]._process.pid, *sorted({"onnxruntime", "numba"} & set(sys.modules)), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_no_process_is_left_when_the_service_is_killed() -> None:
    """A worker ends by itself within seconds of a kill -9 of its parent, which never loaded what the worker needs."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        pid, *heavy = parent.stdout.readline().split()
        worker = os.pidfd_open(int(pid))
        parent.kill()
    try:
        assert heavy == []
        assert select.select([worker], [], [], 10)[0], "the worker is still running"
    finally:
        os.close(worker)
