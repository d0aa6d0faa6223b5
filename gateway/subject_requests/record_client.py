"""The files that the Commission controls: the records of all services, asked for in the name of one of its officers.

Every question is a signed request like any other and stands in the audit log of the service, with the purpose
`data-subject-request`, for which nothing is told to the owner. It states no scope that the officer does not hold. What
is not there is believed of a service that says how it ended, and of no other.
"""

from collections.abc import Collection, Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from pydantic import BaseModel, ValidationError

from gateway.subject_requests.models import Act, Place
from gateway.subject_requests.rules import BINDING, NotAnswered, NotTaken, put_right
from shared.errors import PROBLEM_TYPE_PREFIX, Conflict, ScopeMissing, TransportRefusal
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.records.models import CommissionDecision, DecisionOutcome, RecordDisclosures
from shared.records.policy import Record
from shared.records.rules import RecordGone
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.keyring import NoKeyInForce
from shared.rpc.participant import Participant

ASK_SECONDS: Final = 5.0
MAX_FAULT: Final = 1_000
# Of what is kept to prove that a decision is carried out.
MAX_PROOF: Final = 4_096
PURPOSE: Final = Purpose.DATA_SUBJECT_REQUEST

M = TypeVar("M", bound=BaseModel)


class RecordNote(BaseModel):
    """What a reference needs to know of a record, whatever it is about."""

    id: str
    owner: str
    version: int


class VersionNote(BaseModel):
    """A version of a record, whatever it is about."""

    version: int
    record: dict[str, Any]


class VersionNotes(BaseModel):
    """One page of the versions of a record, newest first."""

    items: list[VersionNote]


class RecordClient:
    """The records of the services, as one officer of the Commission may ask for them."""

    def __init__(self, secretariat: Participant, officer: str, scopes: Collection[str]) -> None:
        self._requester = Requester(secretariat)
        self._officer = officer
        self._scopes = frozenset(scopes)

    def require(self, place: Place, act: Act = Act.DISCLOSE) -> None:
        """Let only acts pass that the officer holds the scopes for. Raises ScopeMissing."""
        for scope in scopes_for(place, act):
            if scope not in self._scopes:
                raise ScopeMissing(f"this needs the scope {scope}, which the officer does not hold")

    async def read(self, place: Place) -> Reply:
        """Return the answer to a request for a record. Raises NotAnswered."""
        return await self._ask(place, "GET", "")

    async def disclosures(self, place: Place) -> RecordDisclosures:
        """Return who was shown a record, what he was told since, and how it ended. Raises NotAnswered."""
        return _told(RecordDisclosures, await self._ask(place, "GET", "/disclosures"), place)

    async def still_says(self, place: Place, version: int, corrections: Mapping[str, Any]) -> bool:
        """Tell whether a record says what it was corrected to in one of its versions. Raises NotAnswered."""
        newest = await self._version(place, "")
        if newest.version == version:
            return True
        corrected = await self._version(place, f"&before={version + 1}")
        is_same: bool = put_right(newest.record, corrections) == put_right(corrected.record, corrections)
        return is_same

    async def _version(self, place: Place, before: str) -> VersionNote:
        page = _told(VersionNotes, await self._ask(place, "GET", f"/versions?limit=1{before}"), place)
        if not page.items:
            raise NotAnswered(f"the service {place.service} knows no such version")
        return page.items[0]

    async def decide(self, place: Place, decision: CommissionDecision) -> Reply:
        """Return the answer that a decision is carried out, or that there is no such record any more.

        It may be asked for as often as need be, as a service does the same once. Raises NotTaken, NotAnswered.
        """
        reply = await self._ask(place, "POST", "/decision", decision.model_dump_json().encode())
        if not _is_gone(reply):
            if 400 <= reply.head.status < 500 and reply.head.status != Conflict.status:
                raise NotTaken(fault_in(reply))
            done = _told(DecisionOutcome, reply, place)
            if (done.id, done.decision, done.reference) != (place.record, decision.decision, decision.reference):
                raise NotAnswered(f"the service {place.service} answers of another decision")
        if len(reply.body) > MAX_PROOF:
            raise NotAnswered(f"the service {place.service} answers with more than is kept")
        return reply

    async def _ask(self, place: Place, method: str, part: str, body: bytes = b"") -> Reply:
        kind = f"/{place.path}" if place.path else ""
        target = f"/api/{place.service}{kind}/{place.record}{part}"
        request = HttpRequest(method, target, "application/json" if body else "", body)
        try:
            reply = await self._requester.ask(place.service, request, self._on_behalf(place), seconds=ASK_SECONDS)
        except (TransportRefusal, NoKeyInForce) as refusal:
            raise NotAnswered(f"{refusal.code}: {refusal.detail}") from refusal
        if reply.head.status >= 500 or reply.head.error is not None:
            raise NotAnswered(fault_in(reply))
        return reply

    def _on_behalf(self, place: Place) -> ActingOfficer:
        held = (scope for scope in scopes_for(place, Act.DELETE) if scope in self._scopes)
        return ActingOfficer(self._officer, (*held, PURPOSE_SCOPES[PURPOSE]), PURPOSE)


def scopes_for(place: Place, act: Act) -> tuple[str, ...]:
    """Return the scopes that are needed to do something with a record."""
    verbs = ("read", "decide") if act in BINDING else ("read",)
    return tuple(f"{place.service}:{verb}" for verb in verbs)


def note_of(reply: Reply, place: Place) -> RecordNote:
    """Return what an answer says of a record. Raises NotAnswered."""
    note = _told(RecordNote, reply, place)
    if note.id != place.record:
        raise NotAnswered(f"the service {place.service} answers with another record")
    return note


def record_in(reply: Reply, place: Place) -> Record:
    """Return what all records have in common of that in an answer. Raises NotAnswered."""
    return _told(Record, reply, place)


def fault_in(reply: Reply) -> str:
    """Return why a service did not do what it was asked, as it tells it."""
    told = _problem_in(reply)
    if told is None:
        return f"status {reply.head.status}"
    return f"{told.type.rpartition(':')[2]}: {told.detail}"[:MAX_FAULT]


# Without the one character that not every store takes.
_Storable = Annotated[str, msgspec.Meta(pattern=r"\A[^\0]*\Z")]


class _Problem(msgspec.Struct):
    type: _Storable
    detail: _Storable = ""


def _problem_in(reply: Reply) -> _Problem | None:
    try:
        return msgspec.json.decode(reply.body, type=_Problem)
    except (ValueError, RecursionError):
        return None


def _is_gone(reply: Reply) -> bool:
    told = _problem_in(reply) if reply.head.status == RecordGone.status else None
    return told is not None and told.type == PROBLEM_TYPE_PREFIX + RecordGone.code


def _told(kind: type[M], reply: Reply, place: Place) -> M:
    if reply.head.status != 200:
        raise NotAnswered(fault_in(reply))
    try:
        return kind.model_validate_json(reply.body, strict=True)
    except ValidationError as error:
        # What does not fit is not repeated: it is about people.
        raise NotAnswered(f"the answer of {place.service} is not in the form of records") from error
