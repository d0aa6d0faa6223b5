"""Brings about the outcome of a test identity when it is searched: a fault at that request, or an act of its owner."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

from gateway.sandbox.body_in_advance import BodyInAdvance, Receive
from gateway.sandbox.stored_identities import StoredIdentity
from shared.bureaus import BureauCode
from shared.errors import Refusal
from shared.identity import PURPOSE_SCOPES
from shared.logs import Log
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Requester
from shared.sandbox.faults import FAILURES, Fault, Faults

SECONDS: Final = 5.0
OFFICER: Final = "owner.of-identity"


class IdentityTriggers:
    """The identities of one sandbox whose outcome is brought about when they are searched."""

    def __init__(
        self,
        identities: Sequence[StoredIdentity],
        faults: Faults,
        requesters: Mapping[BureauCode, Requester],
        log: Log,
    ) -> None:
        brought_about = [each for each in identities if each.fails_at or each.is_withdrawn]
        self._of_query = [each for each in brought_about if each.digest is None]
        self._of_file = {(each.search, each.digest): each for each in brought_about if each.digest is not None}
        self._max_bytes = max((each.bytes for each in self._of_file.values()), default=0)
        self._faults = faults
        self._requesters = requesters
        self._log = log
        self._acting = set[asyncio.Task[None]]()

    async def searched(self, scope: Any, receive: Receive) -> tuple[StoredIdentity | None, Receive]:
        """Return the identity that a request searches for, if it is one of these, and what its body is read from."""
        if scope["method"] == "POST" and any(scope["path"] == search for search, _ in self._of_file):
            body = await BodyInAdvance.read(receive, self._max_bytes)
            return self._of_file.get((scope["path"], body.digest or "")), body.receive
        return self._named(scope) if scope["method"] == "GET" else None, receive

    def _named(self, scope: Any) -> StoredIdentity | None:
        asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        return next(
            (each for each in self._of_query if scope["path"] == each.search and each.query.items() <= asked.items()),
            None,
        )

    def before(self, identity: StoredIdentity, request_id: str) -> None:
        """Let a search fail, or be late, if that is the outcome."""
        step = identity.fails_at
        if step is not None:
            failure = None if identity.latency_ms else FAILURES[step][0]
            self._faults.add(
                lambda fault_id, _: Fault(
                    id=fault_id,
                    step=step,
                    failure=failure,
                    request_id=request_id,
                    latency_ms=identity.latency_ms,
                    left=1,
                    set_by=f"the test identity {identity.outcome} of {identity.service}",
                )
            )

    def after(self, identity: StoredIdentity) -> None:
        """Let the owner withdraw what was found, if that is the outcome."""
        owner = BureauCode(identity.owner)
        if identity.is_withdrawn and owner in self._requesters:
            task = asyncio.create_task(self._withdraw(identity, self._requesters[owner]))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)

    async def _withdraw(self, identity: StoredIdentity, owner: Requester) -> None:
        scopes = (f"{identity.service}:write", PURPOSE_SCOPES[identity.purpose])
        officer = ActingOfficer(OFFICER, scopes, identity.purpose)
        for record in identity.records:
            request = HttpRequest("POST", f"/api/{identity.service}/{record}/withdrawal", "", b"")
            try:
                # A record that is withdrawn already is refused.
                await owner.ask(identity.service, request, officer, seconds=SECONDS)
            except Refusal as refusal:
                self._log.warning("identity-not-withdrawn", service=identity.service, code=refusal.code)
