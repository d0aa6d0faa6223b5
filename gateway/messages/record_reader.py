"""Reads a record that an officer names from its service, in the officer's name.

The request is signed like any other: restriction, confidentiality, standing and purpose hold, and the service has it in
its audit log. It states no scope that the officer does not hold.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from gateway.messages.quote_rules import NotConfirmed, NotQuotable, NotThere
from shared.bureaus import BureauCode
from shared.errors import PROBLEM_TYPE_PREFIX, REFUSALS, TransportRefusal
from shared.identity import PURPOSE_SCOPES, Caller
from shared.mailbox.quote_models import RecordReference
from shared.protocol.http import HttpRequest
from shared.protocol.payloads import Condition, Handling
from shared.protocol.quotes import QuotedRecord
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.keyring import NoKeyInForce

ASK_SECONDS: Final = 5.0


class Reading(NamedTuple):
    """How a record of one kind is read."""

    path: str
    """With the id as `{record_id}`."""

    scopes: frozenset[str]
    """Those that the service sees with the request, as far as the officer holds them."""


FindReading = Callable[[str, str], Awaitable[Reading | None]]
"""Returns how a record is read, by service and kind; None if there is no such kind."""


class _Terms(msgspec.Struct):
    """What a quote has of a record, of whatever kind."""

    id: str
    version: int
    owner: str
    handling: Handling
    conditions: tuple[Condition, ...] = ()
    other_condition: str | None = None


class _Problem(msgspec.Struct):
    type: str


class RecordReader:
    """The records of all services, for the officers of the bureaus of a gateway."""

    def __init__(self, requesters: Mapping[BureauCode, Requester], find: FindReading) -> None:
        self._requesters = requesters
        self._find = find

    async def read(self, wanted: RecordReference, caller: Caller, at: str) -> QuotedRecord:
        """Return a record as its reader may quote it; `at` points to it. Raises NotQuotable, NotConfirmed."""
        return quote_in(await self.content(wanted, caller, at), wanted)

    async def content(self, wanted: RecordReference, caller: Caller, at: str) -> bytes:
        """Return a record as its reader sees it; `at` points to it. Raises NotQuotable, NotConfirmed."""
        reading = await self._find(wanted.service, wanted.kind)
        if reading is None:
            kind = f"{at.removesuffix('/record')}/kind" if at.endswith("/record") else at
            raise NotThere(f"no service {wanted.service} has records of the kind {wanted.kind}", at=kind)
        reply = await self._ask(wanted, caller, reading)
        if reply.head.error is not None or reply.head.status >= 500:
            raise NotConfirmed(f"the service {wanted.service} does not answer at the moment: {_reason_in(reply)}")
        if reply.head.status != 200:
            refusal = NotThere if reply.head.status == 404 else NotQuotable
            raise refusal(
                f"{wanted.service} shows this officer no {wanted.kind} {wanted.record}: {_reason_in(reply)}", at=at
            )
        return reply.body

    async def _ask(self, wanted: RecordReference, caller: Caller, reading: Reading) -> Reply:
        target = reading.path.replace("{record_id}", wanted.record)
        scopes = sorted(scope for scope in caller.scopes if scope in reading.scopes)
        officer = ActingOfficer(caller.officer, (*scopes, PURPOSE_SCOPES[caller.purpose]), caller.purpose)
        try:
            return await self._requesters[caller.bureau].ask(
                wanted.service, HttpRequest("GET", target, "", b""), officer, seconds=ASK_SECONDS
            )
        except (TransportRefusal, NoKeyInForce) as refusal:
            raise NotConfirmed(f"{refusal.code}: {refusal.detail}") from refusal


def quote_in(body: bytes, wanted: RecordReference) -> QuotedRecord:
    """Return the quote of a record in an answer of its service. Raises NotConfirmed."""
    try:
        terms = msgspec.json.decode(body, type=_Terms)
        stated = {name: value for name, value in msgspec.structs.asdict(terms).items() if name != "id"}
        quote = msgspec.convert({**wanted.model_dump(), **stated}, QuotedRecord)
    except (ValueError, RecursionError) as error:
        # The error is not repeated: it may name people.
        raise NotConfirmed(f"the answer of {wanted.service} does not have the form of a record") from error
    if terms.id != wanted.record:
        raise NotConfirmed(f"the service {wanted.service} answers with another record")
    return quote


def _reason_in(reply: Reply) -> str:
    try:
        code = msgspec.json.decode(reply.body, type=_Problem).type.removeprefix(PROBLEM_TYPE_PREFIX)[:60]
    except (ValueError, RecursionError):
        return f"status {reply.head.status}"
    return f"{REFUSALS[code].title} ({code})" if code in REFUSALS else code
