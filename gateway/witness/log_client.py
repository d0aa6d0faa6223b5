"""Asks services about their logs, as a gateway does by itself."""

from typing import Final, TypeVar

import msgspec

from shared.audit.rules import LogDamaged
from shared.identity import AUDIT_READ, AUDIT_WITNESS, PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.participant import Participant
from shared.web.routing import path_of

ASK_SECONDS: Final = 1.0

_NOBODY: Final = ActingOfficer(
    "witness", (AUDIT_READ, AUDIT_WITNESS, PURPOSE_SCOPES[Purpose.CRIME_ANALYSIS]), Purpose.CRIME_ANALYSIS
)

A = TypeVar("A")


class Unanswered(Exception):
    """A service did not give what it was asked for."""

    def __init__(self, body: bytes = b"") -> None:
        super().__init__("the service did not answer as it should")
        self.is_damaged = LogDamaged.code.encode() in body
        """Whether it says itself that it cannot."""


class LogReader:
    """One bureau's way to all logs."""

    def __init__(self, bureau: Participant, *, seconds: float = ASK_SECONDS) -> None:
        """Give a service so many seconds to answer."""
        self._requester = Requester(bureau)
        self._seconds = seconds

    async def get(self, service: str, target: str) -> Reply:
        """Return the answer to a question about a log, as below its path. Raises Refusal, Unanswered."""
        return await self.ask(service, HttpRequest("GET", f"{path_of(service)}/audit/{target}"))

    async def ask(self, service: str, request: HttpRequest) -> Reply:
        """Return the answer of a service, if it is a good one. Raises Refusal, Unanswered."""
        reply = await self._requester.ask(service, request, _NOBODY, seconds=self._seconds, attempts=1)
        if not 200 <= reply.head.status < 300:
            raise Unanswered(reply.body)
        return reply


def read(decoder: "msgspec.json.Decoder[A]", reply: Reply) -> A:
    """Return what an answer says. Raises Unanswered where it is of another form."""
    try:
        return decoder.decode(reply.body)
    except (ValueError, RecursionError) as error:
        raise Unanswered from error
