"""Extraction runs in worker processes, which end with the service but cannot bring it down."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.fingerprints.extraction import Extractor
from services.fingerprints.images import decode
from services.fingerprints.minutiae import Template
from services.fingerprints.synthetic_prints import Finger
from shared.images.pool import WorkersBusy, WorkersClosed
from shared.images.refusals import ImageRefused
from tests.extent import by_extent
from tests.services.fingerprints.extracting import extracted
from tests.services.fingerprints.files import mutants
from tests.services.fingerprints.test_images import saved

ROOT = Path(__file__).parents[3]
IMAGE = Finger(7).png()
# 640 x 400 pixels: two tiles.
LARGE = saved(np.tile(np.asarray(Image.open(BytesIO(IMAGE)).convert("L")), (1, 2)))
MUTANTS = by_extent(20, 60)


@cache
def expected(image: bytes) -> Template:
    """Return what the module extracts."""
    return extracted(decode(image))


@pytest.fixture
async def extractor() -> AsyncIterator[Extractor]:
    extractor = Extractor(waiting=1)
    yield extractor
    await extractor.close()


def worker_pid(extractor: Extractor) -> int:
    process = extractor._workers[0]._process
    assert process is not None
    return process.pid


@pytest.mark.thorough
async def test_a_worker_returns_the_same_template_as_the_module(extractor: Extractor) -> None:
    """A refusal in the worker reaches the caller and leaves the worker running."""
    await extractor.warm()
    pid = worker_pid(extractor)
    with pytest.raises(ImageRefused, match="no print"):
        await extractor.template(saved(np.full((200, 200), 240, np.uint8)))
    with pytest.raises(ImageRefused, match="damaged"):
        await extractor.template(IMAGE[:3000])
    assert await extractor.template(IMAGE) == expected(IMAGE)
    assert await extractor.template(LARGE) == expected(LARGE)
    assert worker_pid(extractor) == pid


@pytest.mark.thorough
async def test_an_image_that_kills_its_worker_is_refused_and_the_worker_replaced(extractor: Extractor) -> None:
    """No other image is affected."""
    await extractor.warm()
    request = asyncio.create_task(extractor.template(IMAGE))
    await asyncio.sleep(0)
    killed = worker_pid(extractor)
    os.kill(killed, signal.SIGSEGV)
    with pytest.raises(ImageRefused, match="brought its decoder down"):
        await request
    # Its sender has waited for the new worker, so that no other sender has to.
    assert worker_pid(extractor) != killed
    assert await extractor.template(IMAGE) == expected(IMAGE)
    assert worker_pid(extractor) != killed


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["WSQ", "PNG"])
async def test_corrupted_files_do_not_crash_a_worker(kind: str) -> None:
    """They are decoded or refused with a reason, and the worker keeps within its memory."""
    extractor = Extractor(waiting=MUTANTS)
    await extractor.warm()
    pid = worker_pid(extractor)
    outcomes: list[Template | BaseException] = []
    for mutant in mutants(kind, MUTANTS, seed=247):
        outcomes += await asyncio.gather(extractor.template(mutant), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Template, ImageRefused}
    assert not [each for each in outcomes if "brought" in str(each)]
    assert worker_pid(extractor) == pid
    await extractor.close()


@pytest.mark.thorough
async def test_an_image_that_takes_too_long_is_refused() -> None:
    """A worker that does not answer in time is killed."""
    extractor = Extractor(timeout_s=0.01)
    await extractor.warm()
    pid = worker_pid(extractor)
    with pytest.raises(ImageRefused, match="took longer"):
        await extractor.template(IMAGE)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    await extractor.close()


@pytest.mark.thorough
async def test_a_cancelled_image_does_not_end_its_worker(extractor: Extractor) -> None:
    """It costs its sender one step; if it ended the worker, the next image would wait for another."""
    await extractor.warm()
    pid = worker_pid(extractor)
    for _ in range(3):
        given_up = asyncio.create_task(extractor.template(LARGE, "FR"))
        await asyncio.sleep(0.02)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        assert not extractor._queue.idle
        assert await extractor.template(IMAGE, "DE") == expected(IMAGE)
        assert worker_pid(extractor) == pid


async def is_idle(extractor: Extractor) -> bool:
    """Wait until cancelled steps have ended, and return whether nothing is queued."""
    await asyncio.gather(*extractor._steps, return_exceptions=True)
    await asyncio.sleep(0)
    return extractor._queue.idle


@pytest.mark.thorough
async def test_more_images_of_a_sender_than_may_wait_are_refused(extractor: Extractor) -> None:
    """With one worker and one waiting place, the third image of a sender is refused; another sender can wait."""
    accepted = [asyncio.create_task(extractor.template(IMAGE)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(WorkersBusy):
        await extractor.template(IMAGE)
    other = asyncio.create_task(extractor.template(IMAGE, "DE"))
    await asyncio.sleep(0)
    assert not other.done()
    accepted.append(other)
    for request in accepted:
        request.cancel()
        with suppress(asyncio.CancelledError):
            await request
    assert await is_idle(extractor)


@pytest.mark.thorough
async def test_many_large_images_of_one_bureau_delay_another_bureau_by_one_step_only() -> None:
    """Bureaus share the time of the workers: the image of the other is done before the first large one."""
    extractor = Extractor(waiting=17)
    await extractor.warm()
    began = time.monotonic()
    await extractor.template(IMAGE, "DE")
    alone = time.monotonic() - began
    flood = [asyncio.create_task(extractor.template(LARGE, "FR")) for _ in range(17)]
    await asyncio.sleep(0.01)
    began = time.monotonic()
    await extractor.template(IMAGE, "DE")
    waited = time.monotonic() - began
    assert not any(large.done() for large in flood)
    # One step is a tile with its margin, which takes at most the time of two plain prints.
    assert waited < 5 * max(alone, 0.5)
    for large in flood:
        large.cancel()
    await asyncio.gather(*flood, return_exceptions=True)
    assert await is_idle(extractor)
    await extractor.close()


@pytest.mark.thorough
async def test_the_images_of_one_bureau_are_extracted_in_order(extractor: Extractor) -> None:
    """An image that was begun is finished before the next one of its sender."""
    done: list[str] = []

    async def take(name: str, image: bytes) -> None:
        await extractor.template(image, "FR")
        done.append(name)

    await asyncio.gather(take("large", LARGE), take("small", IMAGE))
    assert done == ["large", "small"]


async def test_an_invalid_header_is_refused_without_starting_a_worker(extractor: Extractor) -> None:
    with pytest.raises(ImageRefused, match="neither PNG nor WSQ"):
        await extractor.template(b"nonsense")
    assert extractor._workers[0]._process is None


async def test_a_closed_extractor_refuses_images() -> None:
    extractor = Extractor()
    await extractor.close()
    with pytest.raises(WorkersClosed):
        await extractor.template(IMAGE)


@pytest.mark.thorough
async def test_an_image_is_refused_as_busy_if_no_worker_can_be_started(
    extractor: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of the image, which is accepted later."""
    monkeypatch.setattr(extractor._workers[0], "_module", "services.fingerprints.nothing")
    with pytest.raises(WorkersBusy, match="no worker"):
        await extractor.template(IMAGE)
    monkeypatch.undo()
    assert len(await extractor.template(IMAGE))


PARENT = """
import asyncio, sys
from services.fingerprints.extraction import Extractor

async def main():
    extractor = Extractor()
    await extractor.warm()
    print(extractor._workers[0]._process.pid, *sorted({"onnxruntime", "numba"} & set(sys.modules)), flush=True)
    if sys.argv[1:] == ["at work"]:
        from tests.services.fingerprints.test_extraction import LARGE
        await extractor.template(LARGE)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.mark.thorough
@pytest.mark.parametrize("state", ["idle", "at work"])
def test_no_worker_is_left_when_the_service_is_killed(state: str) -> None:
    """It ends within seconds of a kill -9 of its parent, which never loaded the libraries of the worker."""
    with subprocess.Popen([sys.executable, "-c", PARENT, state], stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        pid, *heavy = parent.stdout.readline().split()
        worker = os.pidfd_open(int(pid))
        parent.kill()
    try:
        assert heavy == []
        assert select.select([worker], [], [], 10)[0], "the worker is still running"
    finally:
        os.close(worker)
