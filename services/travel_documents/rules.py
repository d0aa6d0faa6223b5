"""Who may enter a document, what may be done to its record, how long it is kept, and how a search meets it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from services.travel_documents.issuers import bureau_of, first_issuer_of
from services.travel_documents.kinds import DocumentEnd
from services.travel_documents.models import TravelDocument, TravelDocumentDescription
from services.travel_documents.queries import DocumentQuery
from shared.bureaus import BureauCode
from shared.dates import end_of, last_day
from shared.errors import Refusal
from shared.identity import Caller
from shared.numbers import signs_of
from shared.personal_data import require_no_personal_data
from shared.records import service_kit as kit

# Ten years, or until five years after the end of validity, whichever of the two can be known.
KEPT: Final = 2 * kit.DEFAULT_RETENTION
KEPT_AFTER_VALIDITY: Final = kit.DEFAULT_RETENTION
# A hit of another type is one all the same, further down.
OTHER_TYPE: Final = 0.7
# What makes the digit right is likelier than any other number, and proves nothing.
OTHER_READING: Final = 0.85
FREE_TEXT: Final = ("event_place", "circumstances")
_OUTSIDE: Final = "has no bureau in this network, so that nobody enters its documents"
UNTIL_ENDED: Final = kit.SoughtUntilEnded[TravelDocument](
    "one that is in the register",
    member="ended",
    is_sought=lambda document: document.is_sought,
    recovered=DocumentEnd.RECOVERED,
    withdrawn=DocumentEnd.WITHDRAWN,
)
recover = UNTIL_ENDED.recover
withdraw = UNTIL_ENDED.withdraw


class NotTheIssuer(Refusal, status=403, code="not-the-issuer", title="Only the issuing country enters its documents"):
    """Write to the bureau of the issuer, which the detail names, if you found that its document was stolen."""


def enter(description: TravelDocumentDescription, by: Caller, revision: kit.Revision) -> TravelDocument:
    """Return the record that a bureau enters. Raises NotTheIssuer, EventInFuture, PersonalData."""
    issuer = issuer_for(description, by.bureau)
    require_acceptable(description, today=revision.at.date())
    stated = description.model_copy(update={"issuer": issuer})
    kept_for = kept_from(description.valid_until, revision.at)
    return kit.create_record(TravelDocument, stated, by=by, revision=revision, kept_for=kept_for)


def correct(
    document: TravelDocument, description: TravelDocumentDescription, by: Caller, revision: kit.Revision
) -> TravelDocument:
    """Return the record with a new description. Raises NotTheOwner, IllegalStep and what `enter` raises."""
    kit.require_owner(document, by)
    UNTIL_ENDED.require_sought(document, "corrected")
    issuer = document.issuer if description.issuer is None else issuer_for(description, by.bureau)
    require_acceptable(description, today=revision.at.date())
    return restate(document, description.model_copy(update={"issuer": issuer}), at=revision.at)


def restate(document: TravelDocument, description: TravelDocumentDescription, *, at: datetime) -> TravelDocument:
    """Return the record with a new description, kept until what follows from the end of validity."""
    stated = kit.input_fields(description)
    if stated["issuer"] is None:
        stated["issuer"] = document.issuer
    if description.valid_until != document.valid_until:
        stated["expires"] = max(
            document.created + kept_from(description.valid_until, document.created), at + timedelta(days=1)
        )
    return document.next_version(at, **stated)


def issuer_for(description: TravelDocumentDescription, bureau: BureauCode) -> str:
    """Return the issuer of a document that a bureau enters. Raises NotTheIssuer."""
    if (issuer := description.issuer or first_issuer_of(bureau)) is None:
        raise NotTheIssuer(
            f"{bureau} issues no travel documents: only the bureau of the issuer enters them", at="/issuer"
        )
    issuing = bureau_of(issuer)
    if issuing == bureau:
        return issuer
    which = f"{issuer} documents are entered by {issuing} alone" if issuing else f"{issuer} {_OUTSIDE}"
    own = first_issuer_of(bureau)
    yours = f"; those of your country have {own}" if own else ""
    advice = f": write to {issuing} if you found that one was stolen{yours}" if issuing else yours
    raise NotTheIssuer(which + advice, at="/issuer")


def require_acceptable(description: TravelDocumentDescription, *, today: date) -> None:
    """Require an event in the past, and no personal data in free text. Raises EventInFuture, PersonalData."""
    require_past(description, today=today)
    texts = {f"/{member}": getattr(description, member) for member in FREE_TEXT}
    require_no_personal_data(texts, "describe the event or the place alone; no person, address or number to call")


def require_past(description: TravelDocumentDescription, *, today: date) -> None:
    """Require an event and an issue that are not in the future. Raises EventInFuture."""
    for member in ("event_date", "issued"):
        stated = getattr(description, member)
        if stated is not None:
            kit.require_past_event(stated, today=today, at=f"/{member}")


def kept_from(valid_until: str | None, at: datetime) -> timedelta:
    """Return how long a record is kept from a time on, by the end of validity: never shorter than any record."""
    if valid_until is None:
        return KEPT
    return max(kit.DEFAULT_RETENTION, end_of(last_day(valid_until)) + KEPT_AFTER_VALIDITY - at)


def state(record: TravelDocument) -> kit.Comparison:
    """Return whether a document is still in the register."""
    return kit.compared("status", "in the register", record.ended or "in the register", is_met=record.is_sought)


def narrowing(record: TravelDocument, query: DocumentQuery) -> Iterator[kit.Comparison]:
    """Yield how a document meets the type that is asked for, which hides nothing."""
    if query.type is None:
        return
    is_same = query.type is record.type
    words = None if is_same else f"of another type: {record.type}, asked {query.type}"
    match = kit.FieldMatch("type", query.type, record.type, 1.0 if is_same else OTHER_TYPE, words)
    yield kit.Comparison(match, 0.0, is_met=True, says=words or "it is met")


def identifiers(record: TravelDocument) -> Mapping[str, str]:
    """Return the number, or the range, while it is in the register: no other document of the type has it."""
    if not record.is_sought:
        return {}
    what = f"{record.issuer} {record.type}"
    if record.number is not None:
        return {"number": f"{signs_of(record.number)} {what}"}
    first, last = record.first_number or "", record.last_number or ""
    return {"first_number": f"{signs_of(first)} {signs_of(last)} {what}"}


def read_otherwise(hit: kit.Hit[Any], query: DocumentQuery, words: str) -> kit.Hit[Any]:
    """Return the hit of another reading of a number as what is near the number that was asked."""
    number, *others = hit.why
    score = round(number.score * OTHER_READING, 4)
    said = words if number.reading is None else f"{words}; {number.reading}"
    read = kit.FieldMatch(number.field, query.number or "", number.found, score, said)
    why = (read, *others)
    parts = (f"number near ({said})", *(each.reading for each in others if each.reading))
    return hit.model_copy(update={"score": kit.score_of_any(why), "match": " and ".join(parts), "why": why})


def met_by_reading(match: kit.FieldMatch) -> kit.Comparison:
    """Return how a field is met by a record that another reading of the number finds."""
    return kit.Comparison(match, 0.0, is_met=True, says=match.reading or "it is met")
