"""Photographs are decoded in a process of its own, which survives hostile ones or is replaced."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import psutil
import pytest

from shared.errors import Busy
from shared.images.messages import Garbled
from shared.images.photograph_messages import picture_of as picture_sent
from shared.images.photograph_messages import picture_to_bytes
from shared.images.photograph_worker import MORE_MEMORY
from shared.images.photographs import WAITING_PHOTOGRAPHS, PhotographReader
from shared.images.picture import Picture
from shared.images.pictures import picture_of
from shared.images.refusals import ImageUnusable
from tests.extent import by_extent
from tests.shared.images.files import drawn, mutants, saved, with_metadata

MUTANTS = by_extent(60, 600)
FILE = saved(drawn())


@pytest.fixture
async def reader() -> AsyncIterator[PhotographReader]:
    reader = PhotographReader("notices")
    yield reader
    await reader.close()


def worker_of(reader: PhotographReader) -> psutil.Process:
    process = reader._pool._workers[0]._process
    assert process is not None
    return psutil.Process(process.pid)


@pytest.mark.thorough
async def test_a_worker_makes_the_same_picture_as_the_module(reader: PhotographReader) -> None:
    """Of both forms; and a refusal in the worker reaches the sender and leaves it running."""
    for file in (FILE, with_metadata("PNG", 6)):
        assert await reader.read(file, "FR") == picture_of(file)
    pid = worker_of(reader).pid
    with pytest.raises(ImageUnusable, match="damaged"):
        await reader.read(saved(drawn(), "PNG").replace(b"IDAT", b"IDAU", 1), "FR")
    assert worker_of(reader).pid == pid
    if sys.platform == "linux":
        assert reader._pool._missing == []


@pytest.mark.thorough
@pytest.mark.parametrize("file", [FILE, saved(drawn(), progressive=True), saved(drawn("RGBA"), "PNG")])
async def test_corrupted_photographs_do_not_end_the_worker(reader: PhotographReader, file: bytes) -> None:
    """They become pictures, or are refused with a reason."""
    await reader.read(FILE, "FR")
    pid, outcomes = worker_of(reader).pid, []
    for mutant in mutants(file, MUTANTS, seed=1):
        outcomes += await asyncio.gather(reader.read(mutant, "FR"), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {Picture, ImageUnusable}
    assert ImageUnusable in {type(outcome) for outcome in outcomes}
    assert worker_of(reader).pid == pid


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="docs/explanation/security.md says what holds elsewhere")
async def test_the_largest_photograph_fits_into_the_memory_of_the_worker(reader: PhotographReader) -> None:
    """With as much again to spare."""
    await reader.read(FILE, "FR")
    before = worker_of(reader).memory_info().vms
    await reader.read(saved(drawn("RGBA", 4000, 4000), "PNG"), "FR")
    assert worker_of(reader).memory_info().vms < before + MORE_MEMORY // 2


@pytest.mark.thorough
async def test_a_photograph_that_ends_its_worker_is_refused_and_the_worker_replaced(reader: PhotographReader) -> None:
    await reader.read(FILE, "FR")
    request = asyncio.create_task(reader.read(FILE, "FR"))
    await asyncio.sleep(0)
    os.kill(worker_of(reader).pid, 9)
    with pytest.raises(ImageUnusable, match="brought its decoder down"):
        await request
    assert await reader.read(FILE, "FR") == picture_of(FILE)


@pytest.mark.thorough
async def test_more_photographs_of_a_bureau_than_may_wait_are_refused(reader: PhotographReader) -> None:
    """Those of another bureau are not."""
    waiting = [asyncio.create_task(reader.read(FILE, "FR")) for _ in range(1 + WAITING_PHOTOGRAPHS)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await reader.read(FILE, "FR")
    assert await reader.read(FILE, "DE") == picture_of(FILE)
    await asyncio.gather(*waiting)


PICTURE = picture_of(FILE)


@pytest.mark.parametrize(
    "sent",
    [
        Picture(PICTURE.jpeg + b"PK\x03\x04", PICTURE.thumbnail, 300, 200),
        Picture(PICTURE.jpeg, PICTURE.thumbnail + b"x", 300, 200),
        Picture(PICTURE.jpeg, PICTURE.jpeg, 300, 200),
        Picture(PICTURE.jpeg, PICTURE.thumbnail, 200, 300),
        Picture(with_metadata("JPEG"), PICTURE.thumbnail, 300, 200),
        Picture(saved(drawn(width=1030)), PICTURE.thumbnail, 1030, 200),
        Picture(b"<script>", PICTURE.thumbnail, 300, 200),
        Picture(b"", b"", 0, 0),
    ],
)
def test_what_a_worker_sends_is_a_picture_and_nothing_else(sent: Picture) -> None:
    """A file that took control of it cannot put anything else into a record."""
    assert picture_sent(picture_to_bytes(PICTURE)) == PICTURE
    with pytest.raises(Garbled):
        picture_sent(picture_to_bytes(sent))
    with pytest.raises(Garbled):
        picture_sent(b"\0")
