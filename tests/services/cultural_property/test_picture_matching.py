"""Saved searches by pictures are compared many in one message, and once with the same photographs."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from services.cultural_property import picture_searches
from services.cultural_property.likeness import messages
from services.cultural_property.likeness.points import points_of
from services.cultural_property.likeness.reader import LikenessReader
from services.cultural_property.models import Work
from services.cultural_property.photographs import StoredPoints
from services.cultural_property.picture_searches import SENDER, PictureMatcher
from tests.services.cultural_property.likeness.pictures import file_of, retaken, work

pytestmark = pytest.mark.thorough


class CountingReader(LikenessReader):
    """Counts the messages by which points are compared."""

    compared = 0

    async def take(self, sender: str, message: bytes, kind: bytes, parse: Callable[[bytes], Any]) -> Any:
        self.compared += kind == messages.COMPARED
        return await super().take(sender, message, kind, parse)


@pytest.fixture
async def reader() -> AsyncIterator[CountingReader]:
    opened = CountingReader("cultural-property")
    yield opened
    await opened.close()


async def described(reader: LikenessReader, number: int, *, is_retaken: bool = False) -> StoredPoints:
    """Return the points of a picture of a series, or of a photograph of it."""
    image = retaken(work(detail=number), "snapshot") if is_retaken else work(detail=number).draw()
    return StoredPoints(str(number), (await reader.read(file_of(image), "FR")).description)


async def test_searches_are_compared_in_one_message_each_as_it_would_be_alone(
    reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that are hits, and those that are none; more are compared in several."""
    held = await described(reader, 0)
    sought = [(await described(reader, number, is_retaken=True)).points for number in (1, 0, 2)]
    record, matcher = Work.model_construct(id="1"), PictureMatcher(reader)
    hits = await matcher.match(record, [held], sought)
    assert (reader.compared, [hit is not None for hit in hits]) == (1, [False, True, False])
    monkeypatch.setattr(messages, "MAX_CANDIDATES", 4)
    candidates = [messages.Candidate(held.points, is_mirrored) for is_mirrored in (False, True)]
    reader.compared = 0
    points = [points_of(each) for each in sought]
    together = await reader.compare_each(points, candidates, SENDER)
    assert (reader.compared, len(together)) == (2, 3)
    with reader.turn(SENDER) as turn:
        assert together == [await reader.compare(each, candidates, turn) for each in points]


async def test_what_does_not_agree_is_compared_once_with_the_same_photographs(
    reader: CountingReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A work may change as often as it will; another photograph is compared, and so is what is no longer remembered."""
    first, second = [await described(reader, number) for number in (0, 1)]
    sought = [(await described(reader, 1, is_retaken=True)).points]
    record, matcher = Work.model_construct(id="1"), PictureMatcher(reader)
    for _ in range(3):
        assert await matcher.match(record, [first], sought) == [None]
    assert reader.compared == 1
    [hit] = await matcher.match(record, [first, second], sought)
    assert (hit is not None, reader.compared) == (True, 2)
    monkeypatch.setattr(picture_searches, "MAX_REMEMBERED", 1)
    assert await matcher.match(record, [first], [(await described(reader, 3)).points]) == [None]
    assert await matcher.match(record, [first], sought) == [None]
    assert reader.compared == 4
