"""Makes synthetic works of art and valuables: no maker, title or number is of one that exists.

52,000 works are drawn, so one is not validated but made from one that was, as vehicles are; it is the same as if
`rules.enter` had made it, as a test compares.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from services.cultural_property import rules
from services.cultural_property.models import Work, WorkDescription, WorkStatus
from services.cultural_property.store import WorkStore
from services.cultural_property.synthesis.draws import drawn_work
from services.cultural_property.synthesis.photographs import draw_photographs
from services.cultural_property.valuables.models import Valuable
from services.cultural_property.valuables.store import ValuableStore
from services.cultural_property.valuables.synthetic import draw_valuables
from services.synthetic_photographs import add_with_pictures
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import BureauCode
from shared.images.picture import Picture
from shared.records import service_kit as kit

WORKS_TO_A_VALUABLE: Final = 4
_SECONDS: Final = 4 * 365 * 24 * 3600


class Drawn(NamedTuple):
    """Synthetic records of both kinds."""

    works: Sequence[Work]
    valuables: Sequence[Valuable]
    pictures: Mapping[str, Picture] = MappingProxyType({})
    """The photographs of some works, by their ids."""

    seed: int = 0
    """Of the ids of photographs."""


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic works, entered within the four years before `at`, and some valuables."""
    works = [synthetic_work(random, random.choice(owners), at) for _ in range(count)]
    valuables = draw_valuables(random, -(-count // WORKS_TO_A_VALUABLE), owners, at)
    return Drawn(works, valuables, draw_photographs(random, works), random.getrandbits(64))


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic records."""
    if drawn.works:
        works = WorkStore(session, seeding_officer(drawn.works[0].owner), at)
        ids = Random(drawn.seed)
        await add_with_pictures(works, ids, drawn.works, drawn.pictures)
    if drawn.valuables:
        await ValuableStore(session, seeding_officer(drawn.valuables[0].owner), at).add_many(drawn.valuables)


def synthetic_work(random: Random, owner: BureauCode, at: datetime) -> Work:
    """Return the record of a work that does not exist."""
    entered = at - timedelta(seconds=int(random.random() * _SECONDS))
    missed = (entered - timedelta(days=int(random.random() * 60))).date()
    return _as_entered(drawn_work(random, owner, missed), owner, revision_at(random, entered))


def _as_entered(entry: Mapping[str, Any], owner: BureauCode, revision: kit.Revision) -> Work:
    """Return what `rules.enter` would, of an entry that is known to be valid."""
    expires = revision.at + kit.DEFAULT_RETENTION
    times = {"created": revision.at, "updated": revision.at, "expires": expires}
    status = WorkStatus.ORIGIN_SOUGHT if entry["origin_sought"] else WorkStatus.STOLEN
    record = _any_work().model_copy(update={**entry, **times, "id": revision.id, "owner": owner, "status": status})
    return record.model_copy(update=rules.derived_from(record))


@cache
def _any_work() -> Work:
    """Return a work that was validated, whose fields that are not drawn all others have as well."""
    random, entered = Random(0), datetime.fromisoformat("2026-01-01T00:00:00Z")
    description = WorkDescription(**drawn_work(random, BureauCode("FR"), entered.date()))
    return rules.enter(description, by=seeding_officer(BureauCode("FR")), revision=revision_at(random, entered))
