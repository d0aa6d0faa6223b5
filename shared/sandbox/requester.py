"""The client of services in the gateway of a sandbox: what an application of the gateway asks for a client is a part.

A part has an id, a key and faults of its own, as the request of a client to a service has.
"""

from typing import Any

from shared.errors import Refusal
from shared.ids import uuid7
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester
from shared.rpc.participant import Participant
from shared.sandbox.client_request import ClientRequest, current, id_of_request, working_on
from shared.sandbox.faults import Faults


class SandboxRequester(Requester):
    """Sends the requests of one bureau to services."""

    def __init__(self, bureau: Participant, faults: Faults) -> None:
        super().__init__(bureau, id_of_request)
        self._faults = faults

    async def ask(self, service: str, request: HttpRequest, on_behalf: ActingOfficer, **options: Any) -> Reply:
        """Send a request to a service and return its verified reply. Raises as its base does."""
        whole = current()
        if whole is None or not whole.is_id_used:
            return await super().ask(service, request, on_behalf, **options)
        part = ClientRequest(uuid7(self._clock.now()), service, whole=whole)
        self._faults.follow(part)
        with working_on(part):
            try:
                reply = await super().ask(service, request, on_behalf, **options)
            except Refusal:
                await part.answer_time()
                raise
            await part.answer_time()
        return reply
