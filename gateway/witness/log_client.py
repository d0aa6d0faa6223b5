"""Asks services about their logs, as a gateway does without an officer."""

from typing import Final, TypeVar

import msgspec

from shared.audit.rules import LogDamaged
from shared.identity import AUDIT_READ, AUDIT_WITNESS, PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.participant import Participant
from shared.web.routing import path_of

ASK_SECONDS: Final = 1.0
_WITNESS: Final = ActingOfficer(
    "witness", (AUDIT_READ, AUDIT_WITNESS, PURPOSE_SCOPES[Purpose.CRIME_ANALYSIS]), Purpose.CRIME_ANALYSIS
)

A = TypeVar("A")


class Unanswered(Exception):
    """A service did not return what it was asked for."""

    def __init__(self, body: bytes = b"") -> None:
        super().__init__("the service did not answer as it should")
        self.is_damaged = LogDamaged.code.encode() in body
        """Whether it answered that its log is damaged."""


class CheckpointText(msgspec.Struct, frozen=True):
    """A checkpoint as a service returns it."""

    checkpoint: str


class LogClient:
    """Requests of one bureau to all logs. They raise Refusal, Unanswered."""

    def __init__(self, bureau: Participant, *, seconds: float = ASK_SECONDS) -> None:
        """Wait `seconds` for each answer."""
        self._requester = Requester(bureau)
        self._seconds = seconds

    async def read(self, service: str, target: str, kind: type[A]) -> A:
        """Return the answer for a target below the path of the log."""
        reply = await self.get(service, target)
        try:
            return msgspec.json.decode(reply.body, type=kind)
        except (ValueError, RecursionError) as error:
            raise Unanswered from error

    async def get(self, service: str, target: str) -> Reply:
        """Return the signed answer for a target below the path of the log."""
        return await self.ask(service, HttpRequest("GET", f"{path_of(service)}/audit/{target}"))

    async def ask(self, service: str, request: HttpRequest) -> Reply:
        """Return the answer of a service, if its status is 2xx."""
        reply = await self._requester.ask(service, request, _WITNESS, seconds=self._seconds, attempts=1)
        if not 200 <= reply.head.status < 300:
            raise Unanswered(reply.body)
        return reply
