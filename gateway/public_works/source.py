"""Asks the service over the mesh, as any bureau does, in the name of the public. Its answers pass unchanged, signed."""

from collections.abc import Mapping
from typing import Final

from gateway.edge.service_proxy import ServiceProxy
from gateway.public_works.models import PATH, SERVICE, PublicQuestion
from shared.bureaus import PUBLIC, BureauCode
from shared.errors import Unreachable
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester

ANYBODY: Final = ActingOfficer("public.api", (f"{SERVICE}:read", PURPOSE_SCOPES[Purpose.WARNING]), Purpose.WARNING)


class WorkSource:
    """The works that their owners made public."""

    def __init__(self, proxy: ServiceProxy | None, requesters: Mapping[BureauCode, Requester]) -> None:
        """Ask as the public, if it is among the bureaus of this gateway, which may join later."""
        self._proxy = proxy
        self._requesters = requesters

    async def statement(self, question: PublicQuestion) -> Reply:
        """Return the statement on a question. Raises Refusal."""
        return await self._ask(f"{PATH}/statements?{question.as_query()}")

    async def search(self, question: PublicQuestion) -> Reply:
        """Return what a search finds. Raises Refusal."""
        return await self._ask(f"{PATH}/extracts/search?{question.as_query()}")

    async def proof(self, request_id: str) -> Reply:
        """Return the proof that the statement of a request is in the audit log. Raises Refusal."""
        return await self._ask(f"{PATH}/statements/{request_id}/proof")

    async def listed(self, query: str) -> Reply:
        """Return one page of a list. Raises Refusal."""
        return await self._ask(f"{PATH}/extracts?{query}")

    async def work(self, record_id: str) -> Reply:
        """Return one work. Raises Refusal."""
        return await self._ask(f"{PATH}/extracts/{record_id}")

    async def photograph(self, record_id: str, photograph_id: str) -> Reply:
        """Return one photograph of a work. Raises Refusal."""
        return await self._ask(f"{PATH}/{record_id}/photographs/{photograph_id}")

    async def _ask(self, target: str) -> Reply:
        requester = self._requesters.get(PUBLIC)
        if self._proxy is None or requester is None:
            raise Unreachable("this gateway does not host the public")
        return await self._proxy.ask(requester, HttpRequest("GET", target), ANYBODY)
