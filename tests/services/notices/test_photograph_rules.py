"""The rules of photographs: which a notice has after a change, and their ids."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notices import notice_photographs, rules
from services.notices.criteria.requirements import faults_of
from services.notices.entries import NoticeEntry
from services.notices.lifecycle import IN_FORCE, NoticeStatus
from services.notices.models import NoticeRecord
from services.notices.store import NoticeStore
from services.notices.tables import photograph_tables
from services.synthetic_pictures import drawn_picture
from shared.bureaus import BureauCode
from shared.errors import IllegalStep, NotFound, NotTheOwner
from shared.ids import uuid7
from shared.records.photographs import rules as photographs
from shared.records.photographs.rules import Photograph
from shared.records.photographs.store import StoredPhotograph
from shared.records.policy import Revision
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.examples import complete, entry
from tests.support import caller


def drawing(seed: int) -> Random:
    return Random(seed)  # noqa: S311 - the same seed must draw the same


def test_a_photograph_is_a_means_of_identification() -> None:
    """Of a wanted person without a description, and of a body."""
    unknown = entry(complete("red", subject={**complete("red")["subject"], "height": None}))
    body = entry(complete("black", subject={"kind": "person"}))
    for content in (unknown, body):
        notice = _draft(content)
        assert len(list(faults_of(notice, NOW.date()))) == 1
        assert list(faults_of(photographs.with_photograph(notice, _stated("10000000")), NOW.date())) == []


def _draft(content: NoticeEntry) -> NoticeRecord:
    return rules.draft(content, by=caller("FR"), revision=Revision(uuid7(NOW), NOW))


def _stated(photograph_id: str) -> Photograph:
    return photographs.photograph_of(photograph_id, drawn_picture(drawing(1)))


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=30))
def test_a_notice_has_the_photographs_that_were_added_and_not_removed(steps: list[tuple[bool, int]]) -> None:
    """In the order of their addition, at most ten, and each once removed is not found."""
    notice, held = _draft(entry(complete("blue"))), list[str]()
    for adds, number in steps:
        photograph_id = str(10_000_000 + 2 * number)
        try:
            if adds and photograph_id not in held:
                notice = photographs.with_photograph(notice, _stated(photograph_id))
                held.append(photograph_id)
            elif not adds:
                notice = photographs.without_photograph(notice, photograph_id)
                held.remove(photograph_id)
        except photographs.PhotographsFull:
            assert len(held) == photographs.MAX_PHOTOGRAPHS
        except NotFound:
            assert photograph_id not in held
        assert [each.id for each in notice.photographs] == held


@pytest.mark.parametrize("status", NoticeStatus)
def test_only_a_draft_or_a_notice_in_force_can_be_changed_by_its_issuer(status: NoticeStatus) -> None:
    """In any other state it is the one that is reviewed, or was."""
    notice = _draft(entry(complete("blue"))).model_copy(update={"status": status})
    with pytest.raises(NotTheOwner):
        notice_photographs.require_changeable(notice, caller("PL"))
    if status not in (NoticeStatus.DRAFT, *IN_FORCE):
        with pytest.raises(IllegalStep):
            notice_photographs.require_changeable(notice, caller("FR"))
    else:
        notice_photographs.require_changeable(notice, caller("FR"))


@given(drawn_bytes=st.binary(min_size=8, max_size=8))
def test_an_id_is_an_even_number_of_eight_digits(drawn_bytes: bytes) -> None:
    """The next number, of its thumbnail, has eight digits as well."""
    number = photographs.draw_id(lambda _: drawn_bytes)
    assert (number % 2, len(str(number)), len(str(number + 1))) == (0, 8, 8)


@pytest.mark.both_databases
async def test_an_id_is_never_given_twice(database: Database) -> None:
    """Also one whose photograph is gone: another is drawn."""
    drawn_numbers = iter([b"\0" * 8, b"\0" * 8, b"\0" * 7 + b"\1"])
    async with database.writing() as session:
        store = NoticeStore(session, caller("FR"), NOW)
        first = await photograph_tables.give_id(session, lambda _: next(drawn_numbers))
        second = await photograph_tables.give_id(session, lambda _: next(drawn_numbers))
        many = await store.give_photograph_ids(2_000, drawing(1).randbytes)
    assert (first, second) == ("10000000", "10000002")
    assert len({first, second, *many}) == 2_002


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_many_photographs_are_stored_at_once(database: Database) -> None:
    """As synthetic notices come with; each is read as it was drawn."""
    random, owner = drawing(247), BureauCode("FR")
    async with database.writing() as session:
        store = NoticeStore(session, caller("FR"), NOW)
        ids = await store.give_photograph_ids(600, random.randbytes)
        pictures = [drawn_picture(random) for _ in ids]
        stated = [photographs.photograph_of(each, picture) for each, picture in zip(ids, pictures, strict=True)]
        drafts = [photographs.with_photograph(_draft(entry(complete("blue"))), each) for each in stated]
        await store.add_many(drafts)
        rows = zip(drafts, stated, pictures, strict=True)
        await store.add_photographs_many([StoredPhotograph(each.id, owner, of, picture) for each, of, picture in rows])
    reading = NoticeStore(database.reading, caller("FR"), NOW)
    for place in (0, 599):
        notice, jpeg = await reading.photograph(drafts[place].id, ids[place], thumbnail=False)
        assert (jpeg, notice) == (pictures[place].jpeg, drafts[place])
        assert (await reading.photograph(drafts[place].id, ids[place], thumbnail=True))[1] == pictures[place].thumbnail
    used = await photograph_tables.used_by(database.reading, owner)
    assert used == sum(map(photographs.size_of, pictures))
