"""The test identities of the service: documents that do not exist, each found by its number, or not found."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Final

from services.sandbox_identities import OWNER, Identities, Identity, Outcome, barred_by, entered, owners_of
from services.synthetic_records import seeding_officer
from services.travel_documents import rules
from services.travel_documents.issuers import first_issuer_of
from services.travel_documents.kinds import DocumentStatus, DocumentType
from services.travel_documents.models import TravelDocument, TravelDocumentDescription
from services.travel_documents.synthetic import rows_of
from shared.bureaus import BureauCode
from shared.mrz.check_digits import check_digit
from shared.records import service_kit as kit

_ISSUER: Final = first_issuer_of(OWNER) or ""


def _asked(number: str, **more: str) -> dict[str, str]:
    return {"issuer": _ISSUER, "number": number, **more}


# German numbers have letters without O, I and S, and none begins with T.
_RANGE: Final = ("TXT250001", "TXT250500")
IDENTITIES: Final = (
    Identity(Outcome.EXACT, _asked("TXT000101")),
    # A blank within a range.
    Identity(Outcome.EXACT, _asked("TXT250113")),
    Identity(Outcome.MISREAD, _asked("TXTOOO1I3")),
    # The digit is that of TXT000128, and 3 was read for 8.
    Identity(Outcome.NEAR, _asked("TXT000123", check_digit=check_digit("TXT000128"))),
    Identity(Outcome.TWIN, _asked("TXT000102")),
    Identity(Outcome.EXPIRED, _asked("TXT000103")),
    Identity(Outcome.RESTRICTED, _asked("TXT000104")),
    Identity(Outcome.CONFIRMED, _asked("TXT000107")),
    Identity(Outcome.DENIED, _asked("TXT000108")),
    Identity(Outcome.UNANSWERED, _asked("TXT000109")),
    Identity(Outcome.WITHDRAWN, _asked("TXT000110")),
    Identity(Outcome.SLOW, _asked("TXT000111")),
    Identity(Outcome.NOT_AUDITED, _asked("TXT000112")),
)
# The number of a twin differs in three figures.
_RECORDED: Final = {"TXTOOO1I3": "TXT000113", "TXT000123": "TXT000128", "TXT000102": "TXT000748"}
"""What the record has, where it is another number than is searched."""
_BLANK: Final = "TXT250113"


def draw(random: Random, at: datetime) -> kit.StoredRows:
    """Return the records of all identities, as of a time."""
    return rows_of([_document(random, at, each, owner) for each in IDENTITIES for owner in owners_of(each.outcome)], at)


def _records(drawn: kit.StoredRows) -> Sequence[kit.Record]:
    return [TravelDocument.of_json(content) for content in drawn.values_of("content")]


def _document(random: Random, at: datetime, identity: Identity, owner: BureauCode) -> TravelDocument:
    revision = entered(random, at, identity.outcome, rules.KEPT)
    number = identity.query["number"]
    numbered = {"number": _RECORDED.get(number, number), "status": DocumentStatus.STOLEN}
    if number == _BLANK:
        first, last = _RANGE
        numbered = {"first_number": first, "last_number": last, "status": DocumentStatus.STOLEN_BLANK}
    description = TravelDocumentDescription(
        **numbered,
        issuer=_ISSUER,
        type=DocumentType.PASSPORT,
        event_date=revision.at.date().isoformat(),
        event_country=owner,
        restricted=barred_by(identity.outcome),
    )
    return rules.enter(description, by=seeding_officer(owner), revision=revision)


OF_SERVICE: Final = Identities("/api/travel-documents/search", IDENTITIES, draw, _records)
