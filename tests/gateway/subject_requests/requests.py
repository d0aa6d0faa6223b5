"""Data subject requests as the Commission keeps them, for tests. No such person exists."""

from datetime import date
from typing import Any, Final

from gateway.subject_requests.models import DataSubject, RecordLocation, RemedyAct, RemedyState, SubjectRequestKind
from gateway.subject_requests.rows import StoredRecord, StoredRequest
from shared.bureaus import BureauCode
from shared.ids import uuid7
from tests.conftest import NOW

MILLISECONDS: Final = int(NOW.timestamp() * 1000)
TODAY: Final = NOW.date()
MARLOWE: Final = DataSubject(family_name="Marlowe", forename="Zoë", date_of_birth="1987-04")


def kept(**changed: Any) -> StoredRequest:
    """Return a request received on 29 May 2026, with default values except those given."""
    plain: dict[str, Any] = {
        "id": uuid7(NOW),
        "year": NOW.year,
        "kind": SubjectRequestKind.DELETION,
        "received": date(2026, 5, 29),
        "entered": MILLISECONDS,
        "due": date(2026, 6, 29),
        "subject": MARLOWE,
        "statement": "I was found.\nI want to be left in peace.",
    }
    return StoredRequest(**(plain | changed))


def concerned(number: int = 1, act: RemedyAct | None = None, **changed: Any) -> StoredRecord:
    """Return a record that concerns the subject, optionally with a decision."""
    decided: dict[str, Any] = {}
    if act is not None:
        decided = {"act": act, "officer": "ccf.officer", "state": RemedyState.DECIDED, "due": MILLISECONDS}
    plain: dict[str, Any] = {
        "number": number,
        "place": RecordLocation(service="missing-persons", record=uuid7(NOW)),
        "owner": BureauCode("FR"),
    }
    return StoredRecord(**(plain | decided | changed))
