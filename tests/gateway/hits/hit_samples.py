"""Hits for tests: vehicles of France found by Germany, as the service of stolen vehicles reports them."""

from itertools import count
from typing import Any, Final

from gateway.hits.models import HitSide, HitState
from gateway.hits.rows import StoredHit
from gateway.hits.rules import ConfirmationStatus
from shared.protocol.payloads import HitDetails
from tests.conftest import NOW

SERVICE: Final = "stolen-vehicles"
A_RECORD: Final = "0197a3c2-4a1d-7b2f-8e10-3c4d5e6f7081"
A_THREAD: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
AT: Final = NOW.timestamp()
MILLISECONDS: Final = int(AT * 1000)
MINUTE: Final = 60_000

_numbers = count(1)


def an_id() -> str:
    """Return a new id."""
    return f"0197a3c2-0000-7000-8000-{next(_numbers):012x}"


def details(**changed: Any) -> HitDetails:
    """Return a hit with default values, except those given."""
    plain: dict[str, Any] = {
        "id": changed.pop("id", None) or an_id(),
        "kind": "vehicle",
        "record": A_RECORD,
        "version": 1,
        "owner": "FR",
        "finder": "DE",
        "officer": "de.officer",
        "purpose": "security-check",
        "how": "search",
        "score": 1.0,
        "handling": "RESTRICTED",
        "conditions": ("H1", "H3"),
        "other_condition": "Inform us before any act.",
        "first": AT,
        "last": AT,
        "request": A_THREAD,
    }
    return HitDetails(**(plain | changed))


def kept(
    side: HitSide = HitSide.FINDER,
    *,
    status: ConfirmationStatus | None = None,
    stored: int = MILLISECONDS,
    **changed: Any,
) -> StoredHit:
    """Return a hit as a bureau stores it; further values belong to its details."""
    return StoredHit(
        side=side,
        service=SERVICE,
        details=details(**changed),
        thread=A_THREAD,
        stored=stored,
        status=status or ConfirmationStatus(),
    )


def requested(number: int = 1, due: int = MILLISECONDS + 10 * MINUTE) -> ConfirmationStatus:
    """Return the status of a hit while a request is open."""
    return ConfirmationStatus(state=HitState.REQUESTED, requests=number, due=due)
