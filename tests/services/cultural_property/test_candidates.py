"""Which photographs are compared with a picture: those that the caller may see, as if there were no others."""

from collections.abc import Sequence
from random import Random

import pytest

from services.cultural_property import photographs
from services.cultural_property.likeness.description import Sought, describe, seek
from services.cultural_property.models import Work
from services.cultural_property.store import WorkStore
from services.cultural_property.synthetic import synthetic_work
from services.synthetic_records import seeding_officer
from shared.bureaus import BureauCode
from shared.images.picture import Picture
from shared.records import service_kit as kit
from shared.records.photographs.rules import FIRST_ID
from shared.storage import Database
from tests.conftest import NOW
from tests.services.cultural_property.likeness.pictures import retaken, work
from tests.support import caller

POLAND = caller("PL")
HIDDEN_WORKS = 201
"""With ten photographs each they are more than the 200 that are compared, and than were read before these were."""


@pytest.fixture(scope="module")
def sought() -> Sought:
    """Return what is sought with a photograph of the painting."""
    return seek(retaken(work(), "snapshot"))


@pytest.fixture(scope="module")
def points() -> Sequence[bytes]:
    """Return what is stored of the painting, of one of the same series, and of others."""
    return [describe(each.draw()).to_bytes() for each in (work(), work(detail=1), work("portrait"), work("landscape"))]


class Photographed:
    """Works with photographs, as they are stored."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._random = Random(7)  # noqa: S311 - nothing secret is drawn
        self._next = FIRST_ID

    async def enter(self, owner: str, *described: bytes, restricted: Sequence[str] = ()) -> Work:
        """Store a work with photographs of which these points are known."""
        drawn = synthetic_work(self._random, BureauCode(owner), NOW)
        entered = drawn.model_copy(update={"restricted": tuple(map(BureauCode, restricted))})
        stored = [self._photograph(entered, each) for each in described]
        async with self.database.writing() as session:
            await WorkStore(session, seeding_officer(entered.owner), NOW).add_many([entered])
            await photographs.add(session, stored)
        return entered

    def _photograph(self, entered: Work, described: bytes) -> kit.StoredPhotograph:
        self._next += 2
        picture = Picture(b"-", b"", 1, 1, described)
        stated = kit.photograph_of(str(self._next), picture)
        return kit.StoredPhotograph(entered.id, entered.owner, stated, picture)

    async def compared(self, sought: Sought) -> Sequence[tuple[str, bool]]:
        """Return the works with which a picture is compared for Poland."""
        keys = photographs.SoughtKeys(sought.keys, sought.mirror_keys)
        found = await photographs.candidates(self.database.reading, keys, kit.visibility(POLAND, NOW))
        return [(each.record_id, each.candidate.is_mirrored) for each in found]


@pytest.fixture
def store(service_database: Database) -> Photographed:
    return Photographed(service_database)


@pytest.mark.thorough
async def test_hidden_works_change_nothing_however_many(
    store: Photographed, sought: Sought, points: Sequence[bytes]
) -> None:
    """Of 2,010 photographs that share more keys with the picture than the visible work, none takes its place."""
    visible = [await store.enter("NL", points[1]), await store.enter("IT", *points[2:])]
    before = await store.compared(sought)
    assert before[0] == (visible[0].id, False)
    for _ in range(HIDDEN_WORKS):
        await store.enter("BY", *([points[0]] * 10), restricted=["PL"])
    assert await store.compared(sought) == before


@pytest.mark.thorough
async def test_no_owner_fills_what_is_compared(store: Photographed, sought: Sought, points: Sequence[bytes]) -> None:
    """A bureau that enters one picture many times leaves room for a work of another that is less like it."""
    theirs = await store.enter("NL", points[1])
    for _ in range(30):
        await store.enter("BY", *([points[0]] * 10))
    compared = await store.compared(sought)
    assert len(compared) == 200
    place = compared.index((theirs.id, False))
    assert place == photographs.OF_AN_OWNER


@pytest.mark.thorough
async def test_the_photographs_that_share_most_keys_are_compared_first(
    store: Photographed, sought: Sought, points: Sequence[bytes]
) -> None:
    """Of whichever owner."""
    sibling, painting = await store.enter("NL", points[1]), await store.enter("IT", points[0])
    assert [each for each, _ in await store.compared(sought)][:2] == [painting.id, sibling.id]
