"""The errors of the domain, and the registry of all refusals, which become RFC 9457 problems.

The detail of an error may be shown to other bureaus and says what to change; the cause goes to the log. A route
declares the refusals that it may raise (`shared.web.problems.refusals`); a gateway refuses others as `forged-reply`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, Literal

import msgspec

from shared.outcomes import Outcome, outcome_in_words

PROBLEM_JSON: Final = "application/problem+json"
PROBLEM_TYPE_PREFIX: Final = "urn:i247:problem:"
RETRY_AFTER_SECONDS: Final = 1
# Of the mistakes in a request, in `errors` and in the detail.
SHOWN_FAULTS: Final = 20
SHOWN_IN_DETAIL: Final = 3

Place = Literal["body", "query", "path", "header"]


def fault(pointer: str, detail: str, place: Place = "body") -> dict[str, str]:
    """Return one of the `errors` of a problem: what to change, and where by a JSON pointer (RFC 6901)."""
    return {"in": place, "pointer": pointer, "detail": detail}


def in_one_line(errors: Sequence[Mapping[str, str]], total: int | None = None) -> str:
    """Return the first errors of a problem as its detail, and how many of the total there are besides."""
    shown = [*map(_with_its_place, errors[:SHOWN_IN_DETAIL])]
    more = (len(errors) if total is None else total) - SHOWN_IN_DETAIL
    return "; ".join([*shown, f"and {more} more"] if more > 0 else shown)


def _with_its_place(error: Mapping[str, str]) -> str:
    where = error["pointer"].removeprefix("/")
    return f"{where}: {error['detail']}" if where else error["detail"]


class Refusal(Exception):
    """A refused request. Subclasses have an HTTP `status`, a `code` (the end of the problem type) and a `title`."""

    status: ClassVar[int]
    code: ClassVar[str]
    title: ClassVar[str]
    outcome: Outcome = Outcome.NOTHING_CHANGED
    """What became of a change; what is stated for one refusal counts before what its class states."""

    def __init_subclass__(
        cls, *, status: int = 0, code: str = "", title: str = "", outcome: Outcome | None = None
    ) -> None:
        """Register the refusal, unless it is a base without a code."""
        super().__init_subclass__()
        cls.outcome = outcome or cls.outcome
        if not code:
            return
        if code in REFUSALS:
            raise TypeError(f"two refusals are called {code!r}")
        cls.status, cls.code, cls.title = status, code, title
        REFUSALS[code] = cls

    retry_after_seconds: int | None = None
    """After how long the same request may be accepted, where that is known: the header `Retry-After`."""

    def __init__(
        self,
        detail: str,
        *,
        at: str | None = None,
        place: Place = "body",
        retry_after_seconds: int | None = None,
        **members: Any,
    ) -> None:
        """State what to change; `at` is a JSON pointer to one value of the request (RFC 6901), in `place`.

        The detail of the problem names the value once: its name is put before a detail that does not have it.
        """
        self.detail = detail if at is None else _naming(at, detail)
        if retry_after_seconds is not None:
            self.retry_after_seconds = retry_after_seconds
        super().__init__(self.detail)
        self.members = members if at is None else {"errors": [fault(at, detail, place)], **members}


def _naming(at: str, detail: str) -> str:
    where = at.removeprefix("/")
    name = where.rpartition("/")[2]
    return detail if not where or re.search(rf"\b{re.escape(name)}\b", detail) else f"{where}: {detail}"


REFUSALS: Final[dict[str, type[Refusal]]] = {}


class Malformed(Refusal, status=400, code="malformed", title="The request cannot be read"):
    """Not JSON, not UTF-8, or cut short."""


class Invalid(Refusal, status=422, code="invalid", title="The request does not fit the schema"):
    """Well formed, but a value is missing, superfluous or out of range; `errors` names each."""


class UnknownBureau(Refusal, status=422, code="unknown-bureau", title="No such bureau"):
    """The code is not that of a member or of the General Secretariat."""


class Unauthenticated(Refusal, status=401, code="unauthenticated", title="No valid token"):
    """No token, or one that is expired, forged or of another mesh."""


class ScopeMissing(Refusal, status=403, code="scope-missing", title="The officer may not do this"):
    """The token lacks the scope that the operation needs."""


class PurposeMissing(Refusal, status=403, code="purpose-missing", title="No purpose given"):
    """Neither the header I247-Purpose nor the token names a purpose."""


class PurposeNotAllowed(
    Refusal, status=403, code="purpose-not-allowed", title="The officer may not use the network for this"
):
    """The token lacks the scope of the purpose."""


class BureauRestricted(
    Refusal, status=403, code="bureau-restricted", title="The bureau may not enter or update records"
):
    """A measure of the network restricts the bureau; the detail states reason, end and resolution."""


class NotTheOwner(Refusal, status=403, code="not-the-owner", title="Only the owner may do this"):
    """The record belongs to another bureau."""


class NotFound(Refusal, status=404, code="not-found", title="Not found"):
    """It does not exist, or the bureau may not know of it."""


class MethodNotAllowed(Refusal, status=405, code="method-not-allowed", title="Method not allowed"):
    """The path exists, the method does not; `Allow` lists those that do."""


class UnsupportedMediaType(Refusal, status=415, code="unsupported-media-type", title="Unsupported media type"):
    """The operation does not accept this type of body."""


class TooSlow(Refusal, status=408, code="too-slow", title="The request arrived too slowly"):
    """The client kept the connection waiting for the rest of a request; the detail states the minimum rate."""


class Conflict(Refusal, status=409, code="conflict", title="The record was changed meanwhile"):
    """Another request changed the same record first: read it again."""


class AlreadyHandled(
    Refusal, status=409, code="already-handled", title="The request was already handled", outcome=Outcome.MADE_BEFORE
):
    """The same request was carried out before, and is not carried out again."""


class IllegalStep(Refusal, status=409, code="illegal-step", title="Not possible in this state"):
    """The life cycle of the record does not allow this step from its present state."""


class TooLarge(Refusal, status=413, code="too-large", title="Too large"):
    """The body exceeds the limit that the detail states."""


class TargetTooLong(Refusal, status=414, code="target-too-long", title="The URL is too long"):
    """Path and query exceed the limit of a signed head."""


class HeadTooLarge(Refusal, status=431, code="head-too-large", title="The head is too large"):
    """Request line and headers exceed the limit that the detail states."""


class TooManyConnections(Refusal, status=503, code="too-many-connections", title="Too many connections"):
    """The gateway accepts no more connections: try again after `Retry-After` seconds, and reuse connections."""


class AuditUnavailable(
    Refusal, status=503, code="not-audited", title="The audit log cannot be written", outcome=Outcome.UNKNOWN
):
    """Without an audit entry the reply is withheld. A change may have been made: read it before a repetition."""


class Busy(Refusal, status=503, code="busy", title="Too busy"):
    """Too many requests are waiting: try again after `Retry-After` seconds."""


class StoreUnavailable(Refusal, status=503, code="store-unavailable", title="The store is unavailable"):
    """The database server is down, does not reply or refuses the connection: nothing was changed."""


class OutcomeUnknown(
    Refusal, status=503, code="outcome-unknown", title="The outcome of the commit is unknown", outcome=Outcome.UNKNOWN
):
    """The database server was lost during the commit: read the record before you repeat the change."""


class TransportRefusal(Refusal):
    """A refusal by the transport and not the service; `mark` is the value of the header I247-Error."""

    mark: ClassVar[str]


class Unreachable(TransportRefusal, status=503, code="unreachable", title="The service cannot be reached"):
    """The service has no responder, or there is no connection to the broker."""

    mark = "unreachable"


class TimedOut(TransportRefusal, status=504, code="timeout", title="No reply in time", outcome=Outcome.UNKNOWN):
    """The deadline passed before there was a reply."""

    mark = "timeout"


class EnvelopeNotAccepted(TransportRefusal, status=403, code="envelope-refused", title="The envelope is refused"):
    """The receiver does not trust the signed request; `reason` says why."""

    mark = "refused"


class RequestTooLarge(TransportRefusal, status=413, code="request-too-large", title="The request is too large"):
    """The broker does not carry requests of this size."""

    mark = "too-large"


class ReplyTooLarge(
    TransportRefusal, status=507, code="reply-too-large", title="The reply is too large", outcome=Outcome.UNKNOWN
):
    """The broker does not carry replies of this size: request less."""

    mark = "too-large"


class ForgedReply(
    TransportRefusal, status=502, code="forged-reply", title="The reply cannot be trusted", outcome=Outcome.UNKNOWN
):
    """The reply is not signed by the service, or it is the reply to another request."""

    mark = "forged"


class Internal(Refusal, status=500, code="internal", title="The service failed", outcome=Outcome.UNKNOWN):
    """An internal error; the log has the cause under the id of the request."""


def problem(refusal: Refusal, *, changes: bool = True) -> bytes:
    """Render a refusal as the bytes of an RFC 9457 problem, which says what became of a change.

    `changes` says whether the request may have got as far as to change something.
    """
    became = outcome_in_words(refusal.outcome, refusal.status, changes=changes)
    body = {
        "type": PROBLEM_TYPE_PREFIX + refusal.code,
        "title": refusal.title,
        "status": refusal.status,
        "detail": f"{refusal.detail}; {became}" if became else refusal.detail,
        **refusal.members,
    }
    encoded: bytes = msgspec.json.encode(body)
    return encoded
