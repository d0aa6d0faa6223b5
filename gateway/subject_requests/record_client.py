"""A client of the records of all services, in the name of an officer of the Commission.

Every request is signed like any other and is in the audit log of the service, with the purpose
`data-subject-request`, of which the owner is not notified. It states no scope that the officer does not hold. That a
record is gone counts only if the service states how it ended.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from gateway.subject_requests.models import RecordLocation, RemedyAct
from gateway.subject_requests.rules import BINDING, NotAnswered, NotTaken, corrected_part
from shared.errors import PROBLEM_TYPE_PREFIX, Conflict, ScopeMissing, TransportRefusal
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.records.models import CommissionDecision, DecisionOutcome, RecordDisclosures
from shared.records.rules import RecordGone
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant

ASK_SECONDS: Final = 5.0
MAX_FAULT: Final = 1_000
# Of the answer that is stored as the proof of a remedy, in bytes.
MAX_PROOF: Final = 4_096
PURPOSE: Final = Purpose.DATA_SUBJECT_REQUEST

M = TypeVar("M", bound=BaseModel)


class RecordSummary(BaseModel):
    """What a reference needs of a record of any kind."""

    id: str
    owner: str
    version: int


class VersionSummary(BaseModel):
    """A version of a record of any kind."""

    version: int
    record: dict[str, Any]


class VersionPage(BaseModel):
    """One page of the versions of a record, newest first."""

    items: list[VersionSummary]


class RecordClient:
    """The records of the services, for one officer of the Commission."""

    def __init__(self, commission: Participant, officer: str, scopes: Collection[str]) -> None:
        self._requester = Requester(commission)
        self._officer = officer
        self._scopes = frozenset(scopes)

    def require(self, place: RecordLocation, act: RemedyAct = RemedyAct.DISCLOSE) -> None:
        """Require that the officer holds the scopes for an act. Raises ScopeMissing."""
        for scope in scopes_for(place, act):
            if scope not in self._scopes:
                raise ScopeMissing(f"this needs the scope {scope}, which the officer does not hold")

    async def read(self, place: RecordLocation) -> Reply:
        """Request a record, and return the answer. Raises NotAnswered."""
        return await self._ask(place, "GET", "")

    async def disclosures(self, place: RecordLocation) -> RecordDisclosures:
        """Return who was shown a record, their notifications since, and how it ended. Raises NotAnswered."""
        return read_as(RecordDisclosures, await self._ask(place, "GET", "/disclosures"), place)

    async def still_says(self, place: RecordLocation, version: int, corrections: Mapping[str, Any]) -> bool:
        """Return whether a record still has the content that a version corrected it to. Raises NotAnswered."""
        newest = await self._version(place, "")
        if newest.version == version:
            return True
        corrected = await self._version(place, f"&before={version + 1}")
        is_same: bool = corrected_part(newest.record, corrections) == corrected_part(corrected.record, corrections)
        return is_same

    async def _version(self, place: RecordLocation, before: str) -> VersionSummary:
        page = read_as(VersionPage, await self._ask(place, "GET", f"/versions?limit=1{before}"), place)
        if not page.items:
            raise NotAnswered(f"the service {place.service} has no such version")
        return page.items[0]

    async def decide(self, place: RecordLocation, decision: CommissionDecision) -> Reply:
        """Return the answer that a decision is carried out, or that the record is gone. Repeating it is harmless.

        Raises NotTaken, NotAnswered.
        """
        reply = await self._ask(place, "POST", "/decision", decision.model_dump_json().encode())
        problem = _problem_in(reply) if reply.head.status == RecordGone.status else None
        if problem is None or problem.type != PROBLEM_TYPE_PREFIX + RecordGone.code:
            if 400 <= reply.head.status < 500 and reply.head.status != Conflict.status:
                raise NotTaken(fault_in(reply))
            done = read_as(DecisionOutcome, reply, place)
            if (done.id, done.decision, done.reference) != (place.record, decision.decision, decision.reference):
                raise NotAnswered(f"the service {place.service} answers about another decision")
        if len(reply.body) > MAX_PROOF:
            raise NotAnswered(f"the service {place.service} answers with more than {MAX_PROOF} bytes")
        return reply

    async def _ask(self, place: RecordLocation, method: str, part: str, body: bytes = b"") -> Reply:
        kind = f"/{place.path}" if place.path else ""
        target = f"/api/{place.service}{kind}/{place.record}{part}"
        request = HttpRequest(method, target, "application/json" if body else "", body)
        held = (scope for scope in scopes_for(place, RemedyAct.DELETE) if scope in self._scopes)
        officer = ActingOfficer(self._officer, (*held, PURPOSE_SCOPES[PURPOSE]), PURPOSE)
        try:
            reply = await self._requester.ask(place.service, request, officer, seconds=ASK_SECONDS)
        except (TransportRefusal, NoKeyInForce) as refusal:
            raise NotAnswered(f"{refusal.code}: {refusal.detail}") from refusal
        if reply.head.status >= 500 or reply.head.error is not None:
            raise NotAnswered(fault_in(reply))
        return reply


def scopes_for(place: RecordLocation, act: RemedyAct) -> tuple[str, ...]:
    """Return the scopes that are needed to do something with a record."""
    verbs = ("read", "decide") if act in BINDING else ("read",)
    return tuple(f"{place.service}:{verb}" for verb in verbs)


def record_in(reply: Reply, place: RecordLocation) -> RecordSummary:
    """Return the summary of a record in an answer. Raises NotAnswered."""
    record = read_as(RecordSummary, reply, place)
    if record.id != place.record:
        raise NotAnswered(f"the service {place.service} answers with another record")
    return record


def fault_in(reply: Reply) -> str:
    """Return why a service refused, in its own words."""
    problem = _problem_in(reply)
    if problem is None:
        return f"status {reply.head.status}"
    return f"{problem.type.rpartition(':')[2]}: {problem.detail}"[:MAX_FAULT]


# Without U+0000, which PostgreSQL does not store.
_Storable = Annotated[str, msgspec.Meta(pattern=r"\A[^\0]*\Z")]


class _Problem(msgspec.Struct):
    type: _Storable
    detail: _Storable = ""


def _problem_in(reply: Reply) -> _Problem | None:
    try:
        return msgspec.json.decode(reply.body, type=_Problem)
    except (ValueError, RecursionError):
        return None


def read_as(kind: type[M], reply: Reply, place: RecordLocation) -> M:
    """Return a model of the body of an answer. Raises NotAnswered."""
    if reply.head.status != 200:
        raise NotAnswered(fault_in(reply))
    try:
        return kind.model_validate_json(reply.body, strict=True)
    except ValidationError as error:
        # The error is not repeated: it may name people.
        raise NotAnswered(f"the answer of {place.service} does not have the form of a record") from error
