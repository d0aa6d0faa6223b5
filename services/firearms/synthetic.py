"""Makes synthetic firearms: makes, models and calibres that go together, serial numbers in the forms of makers.

A million are drawn, so a firearm is not validated but made from one that was. It is the same as if `rules.enter` had
made it, with what a search finds it by, as a test compares.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from services.drawn_texts import filled
from services.firearms import rules
from services.firearms.models import Firearm, FirearmDescription, FirearmStatus, IllicitReason
from services.firearms.store import FirearmStore
from services.firearms.synthesis.lines import LINES
from services.synthetic_records import revision_at, seeding_officer
from shared.bureaus import MEMBERS, BureauCode
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


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> kit.StoredRows:
    """Return synthetic firearms, entered within the four years before `at`."""
    return rows_of([synthetic_firearm(random, random.choice(owners), at) for _ in range(count)], at)


def rows_of(firearms: Sequence[Firearm], at: datetime) -> kit.StoredRows:
    """Return firearms, of which there is one at least, in the form in which they are added."""
    return kit.rows_of(FirearmStore(kit.NO_SESSION, seeding_officer(firearms[0].owner), at), firearms)


async def add(session: kit.Session, drawn: kit.StoredRows | Sequence[Firearm], at: datetime) -> None:
    """Add synthetic records."""
    rows = drawn if isinstance(drawn, kit.StoredRows) else rows_of(drawn, at)
    await kit.add_rows(session, FirearmStore.table, rows)


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
