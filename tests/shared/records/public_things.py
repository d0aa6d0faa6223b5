"""Things that owners may make public, and which participants see them."""

from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from pydantic import ConfigDict

from shared.bureaus import PUBLIC, REVIEWING_UNIT
from shared.errors import NotFound
from shared.handling import Handling
from shared.identity import Caller, Purpose
from shared.records.policy import Audience
from shared.records.results import RecordPageQuery
from shared.storage import Database
from tests.conftest import NOW
from tests.shared.records.record_kind import Thing, ThingStore, things
from tests.shared.records.test_store import thing
from tests.support import caller

UNIT, PARTNER, COURT = "IPSG-ART", "PARTNER-EUROPOL", "PARTNER-ICC"
PARTICIPANTS = ("FR", "DE", "PL", "IPSG", REVIEWING_UNIT, UNIT, "RB-NBO", PARTNER, COURT, PUBLIC, "CCF", "notices")
MEMBERS, PARTNERS = ("DE", "PL", "KE"), (PARTNER, COURT)


def officer_of(code: str, *scopes: str) -> Caller:
    """Return an officer who states an ordinary purpose: so the Commission examines nothing."""
    return caller(code, *scopes, purpose=Purpose.WARNING)


class PublicThing(Thing):
    """A thing of which the public is shown the colour."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    public_fields = frozenset({"colour", "known_to"})
    public_filters = frozenset({"colour"})

    @classmethod
    def record_kind(cls) -> str:
        return "thing"


class PublicThingStore(ThingStore):
    """Stores such things in the table of the others."""

    model = PublicThing


def public_thing(**given: Any) -> PublicThing:
    return PublicThing.model_validate(thing(**given).model_dump())


async def store_only(database: Database, *records: Thing) -> None:
    async with database.writing() as session:
        await session.execute(sa.delete(things))
        await PublicThingStore(session, caller("FR"), NOW).add_many(records)


async def who_sees(database: Database, record: Thing) -> set[str]:
    """Return the participants that read a record, each with the same result from a list."""
    seen = set()
    for code in PARTICIPANTS:
        held = PublicThingStore(database.reading, officer_of(code), NOW)
        listed = [each.id for each in (await held.list(RecordPageQuery())).items]
        try:
            await held.get(record.id)
        except NotFound:
            assert record.id not in listed
        else:
            assert record.id in listed
            seen.add(code)
    return seen


def some_of(codes: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.frozensets(st.sampled_from(codes)).map(lambda chosen: tuple(sorted(chosen)))


@st.composite
def stated(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what an owner may state of who sees a record, in any state."""
    addressed = draw(some_of(MEMBERS))
    partners = draw(some_of(PARTNERS) | (st.nothing() if addressed else st.just("all")))
    admitted = {*addressed, *(() if partners == "all" else partners)}
    barred = tuple(code for code in draw(some_of((*MEMBERS, *PARTNERS))) if code not in admitted)
    return {
        "addressed": addressed,
        "partners": partners,
        "restricted": barred,
        "known_to": draw(st.sampled_from(tuple(Audience))),
        "handling": draw(st.sampled_from(tuple(Handling))),
        "owner": draw(st.sampled_from(("FR", "DE"))),
    }
