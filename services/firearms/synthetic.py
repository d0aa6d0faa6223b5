"""Makes synthetic firearms: makes, models and calibres that go together, serial numbers in the forms of makers.

A million are drawn, so a firearm is not validated but made from one that was. It is the same as if `rules.enter` had
made it, with what a search finds it by, as a test compares.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from services.drawn_texts import filled
from services.firearms import rules
from services.firearms.models import Firearm, FirearmDescription, FirearmStatus, IllicitReason
from services.firearms.store import FirearmStore
from services.firearms.synthesis.lines import LINES
from services.synthetic_photographs import add_with_pictures
from services.synthetic_pictures import drawn_markings
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import MEMBERS, BureauCode
from shared.images.picture import Picture
from shared.records import service_kit as kit

_STATUSES: Final = (
    *((FirearmStatus.STOLEN,) * 12),
    *((FirearmStatus.LOST,) * 5),
    *((FirearmStatus.TRAFFICKED,) * 2),
    FirearmStatus.SMUGGLED,
)
_REASONS: Final = tuple(IllicitReason)
_PLACES: Final = (
    "dwelling",
    "hunting lodge",
    "vehicle",
    "gun shop",
    "shooting range",
    "post office parcel",
    "container terminal",
)
_SECONDS: Final = 4 * 365 * 24 * 3600
_DAY: Final = timedelta(days=1)
_COUNTRIES: Final = tuple(sorted(MEMBERS))
# Most are sold in another country than the one that makes them.
_IMPORTED: Final = 0.4
PICTURED_IN: Final = 40
"""One in so many has a photograph of its markings."""


class Drawn(NamedTuple):
    """Synthetic firearms: most in the form in which they are added, and some with a photograph."""

    rows: kit.StoredRows
    photographed: Sequence[Firearm] = ()
    pictures: Mapping[str, Picture] = MappingProxyType({})
    """Of what is marked on a firearm, by the ids of the records."""

    seed: int = 0
    """Of the ids of photographs."""


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> Drawn:
    """Return synthetic firearms, entered within the four years before `at`."""
    firearms = [synthetic_firearm(random, random.choice(owners), at) for _ in range(count)]
    photographed = [each for each in firearms if not random.randrange(PICTURED_IN)]
    pictures = {each.id: drawn_markings(*_marked_on(each)) for each in photographed}
    rows = rows_of([each for each in firearms if each.id not in pictures], owners[0], at)
    return Drawn(rows, photographed, pictures, random.getrandbits(64))


def rows_of(firearms: Sequence[Firearm], seeding: BureauCode, at: datetime) -> kit.StoredRows:
    """Return firearms in the form in which they are added. `seeding` is the bureau in whose name that is done."""
    return kit.rows_of(FirearmStore(kit.NO_SESSION, seeding_officer(seeding), at), firearms)


def _marked_on(firearm: Firearm) -> Iterator[str]:
    yield firearm.make
    yield firearm.serial_number
    if firearm.import_mark:
        yield firearm.import_mark


async def add(session: kit.Session, drawn: Drawn, at: datetime) -> None:
    """Add synthetic records."""
    await kit.add_rows(session, FirearmStore.table, drawn.rows)
    if drawn.photographed:
        store = FirearmStore(session, seeding_officer(drawn.photographed[0].owner), at)
        ids = Random(drawn.seed)
        await add_with_pictures(store, ids, drawn.photographed, drawn.pictures)


def synthetic_firearm(random: Random, owner: BureauCode, at: datetime) -> Firearm:
    """Return the record of a firearm that does not exist."""
    entered = at - timedelta(seconds=int(random.random() * _SECONDS))
    return _as_entered(drawn_entry(random, owner, entered), owner, revision_at(random, entered))


def _as_entered(entry: Mapping[str, Any], owner: BureauCode, revision: kit.Revision) -> Firearm:
    """Return what `rules.enter` would, of an entry that is known to be valid."""
    expires = revision.at + kit.DEFAULT_RETENTION
    times = {"created": revision.at, "updated": revision.at, "expires": expires}
    record = _any_firearm().model_copy(update={**entry, **times, "id": revision.id, "owner": owner})
    return record.model_copy(update=rules.derived_from(record))


@cache
def _any_firearm() -> Firearm:
    """Return a firearm that was validated, whose fields that are not drawn all others have as well."""
    random, entered = Random(0), datetime.fromisoformat("2026-01-01T00:00:00Z")
    description = FirearmDescription(**drawn_entry(random, BureauCode("FR"), entered))
    return rules.enter(description, by=seeding_officer(BureauCode("FR")), revision=revision_at(random, entered))


def drawn_entry(random: Random, owner: BureauCode, entered: datetime) -> dict[str, Any]:
    """Return what the owner of a firearm enters."""
    line, status = random.choice(LINES), random.choice(_STATUSES)
    missed = (entered - int(random.random() * 30) * _DAY).date()
    first, last = line.years
    imported = random.choice(_COUNTRIES) if random.random() < _IMPORTED else None
    year = min(missed.year, first + int((last - first + 1) * random.random()))
    is_illicit = status in (FirearmStatus.TRAFFICKED, FirearmStatus.SMUGGLED)
    return {
        "serial_number": filled(random, line.serial),
        "make": line.make,
        "model": random.choice(line.models),
        "calibre": random.choice(line.calibres),
        "kind": line.kind,
        "action": line.action,
        "country_of_manufacture": line.country,
        "import_mark": f"{imported} {year % 100:02}" if imported else None,
        "import_country": imported,
        "year": year,
        "status": status,
        "illicit": random.choice(_REASONS) if is_illicit else None,
        "event_date": f"{missed - 3 * _DAY}/{missed}" if random.random() < 1 / 3 else f"{missed}",
        "event_place": random.choice(_PLACES),
        "event_country": owner,
    }
