"""Makes synthetic travel documents: numbers in the forms and series of their issuers, some of them ranges of blanks.

Millions are drawn, so a document is not validated but made from one that was. It is the same as if `rules.enter` had
made it, with what a search finds it by, as a test compares.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final

from services.synthetic_records import revision_at, seeding_officer
from services.travel_documents import rules
from services.travel_documents.issuers import first_issuer_of
from services.travel_documents.kinds import DocumentStatus, DocumentType
from services.travel_documents.models import TravelDocument, TravelDocumentDescription
from services.travel_documents.series import series_of
from services.travel_documents.store import TravelDocumentStore
from shared.bureaus import BureauCode
from shared.records import service_kit as kit

# Of a hundred documents; the figures of the real register are not published.
_STATUSES: Final = (
    *((DocumentStatus.LOST,) * 55),
    *((DocumentStatus.STOLEN,) * 30),
    *((DocumentStatus.REVOKED,) * 8),
    *((DocumentStatus.INVALID,) * 7),
)
_TYPES: Final = (
    *((DocumentType.PASSPORT,) * 55),
    *((DocumentType.IDENTITY_CARD,) * 38),
    *((DocumentType.RESIDENCE_PERMIT,) * 3),
    *(DocumentType.SERVICE, DocumentType.DIPLOMATIC, DocumentType.EMERGENCY, DocumentType.REFUGEE),
)
_PLACES: Final = ("railway station", "airport", "hotel", "city centre", "beach", "metro", "post office")
# One record in so many is a range of blanks.
DOCUMENTS_TO_A_RANGE: Final = 1_000
_RANGE_SIZES: Final = (50, 100, 100, 500, 1_000, 5_000, 20_000, 100_000)
_SECONDS: Final = 2 * 365 * 24 * 3600
_DAY: Final = timedelta(days=1)
_YEARS_VALID: Final = 10
_ABROAD: Final = 0.2


def draw(random: Random, count: int, owners: Sequence[BureauCode], at: datetime) -> kit.StoredRows:
    """Return synthetic documents and ranges of blanks, entered within the two years before `at`."""
    issuing = [owner for owner in owners if first_issuer_of(owner) is not None]
    return rows_of([synthetic_document(random, random.choice(issuing), at) for _ in range(count)], at)


def rows_of(documents: Sequence[TravelDocument], at: datetime) -> kit.StoredRows:
    """Return documents, of which there is one at least, in the form in which they are added."""
    return kit.rows_of(TravelDocumentStore(kit.NO_SESSION, seeding_officer(documents[0].owner), at), documents)


async def add(session: kit.Session, drawn: kit.StoredRows, at: datetime) -> None:  # noqa: ARG001 - of all services
    """Add synthetic records."""
    await kit.add_rows(session, TravelDocumentStore.table, drawn)


def synthetic_document(random: Random, owner: BureauCode, at: datetime) -> TravelDocument:
    """Return the record of a document, or of a range of blanks, that does not exist."""
    entered = at - timedelta(seconds=int(random.random() * _SECONDS))
    entry = drawn_entry(random, owner, entered)
    return _as_entered(entry, owner, revision_at(random, entered))


def _as_entered(entry: Mapping[str, Any], owner: BureauCode, revision: kit.Revision) -> TravelDocument:
    """Return what `rules.enter` would, of an entry that is known to be valid."""
    expires = revision.at + rules.kept_from(entry["valid_until"], revision.at)
    times = {"created": revision.at, "updated": revision.at, "expires": expires}
    return _any_document().model_copy(update={**entry, **times, "id": revision.id, "owner": owner})


@cache
def _any_document() -> TravelDocument:
    """Return a document that was validated, whose fields that are not drawn all others have as well."""
    random, entered = Random(0), datetime.fromisoformat("2026-01-01T00:00:00Z")
    description = TravelDocumentDescription(**drawn_entry(random, BureauCode("FR"), entered))
    return rules.enter(description, by=seeding_officer(BureauCode("FR")), revision=revision_at(random, entered))


def drawn_entry(random: Random, owner: BureauCode, entered: datetime) -> dict[str, Any]:
    """Return what the owner of a document, or of a range of blanks, enters."""
    issuer, type_ = first_issuer_of(owner) or "", random.choice(_TYPES)
    event = (entered - int(random.random() * 30) * _DAY).date()
    stated: dict[str, Any] = {
        "issuer": issuer,
        "type": type_,
        "event_date": f"{event - 3 * _DAY}/{event}" if random.random() < 1 / 3 else f"{event}",
        "event_country": owner if random.random() > _ABROAD else None,
        "event_place": random.choice(_PLACES),
    }
    series = series_of(issuer, type_)
    place = int(random.random() * series.size)
    if random.randrange(DOCUMENTS_TO_A_RANGE) == 0 and series.figures:
        first, last = series.range_at(place, random.choice(_RANGE_SIZES))
        blanks = {"first_number": first, "last_number": last, "number": None}
        return {**stated, **blanks, "status": DocumentStatus.STOLEN_BLANK, "issued": None, "valid_until": None}
    issued = event - int(random.random() * 365 * _YEARS_VALID) * _DAY
    until = issued.replace(year=issued.year + _YEARS_VALID, day=min(issued.day, 28))
    validity = {"issued": f"{issued}", "valid_until": f"{until}", "status": random.choice(_STATUSES)}
    return {**stated, **validity, "number": series.number(place), "first_number": None, "last_number": None}
