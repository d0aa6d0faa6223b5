"""Asks the notices service over the mesh, as any bureau does, in the name of the public."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from gateway.edge.service_proxy import ServiceProxy
from gateway.public_notices.kinds import Kind
from gateway.public_notices.parameters import Asked
from gateway.public_notices.replies import Extract, Lines, read_extracts, read_lines
from shared.bureaus import PUBLIC, BureauCode
from shared.errors import ForgedReply, NotFound, Unreachable
from shared.identity import PURPOSE_SCOPES, Purpose
from shared.notice_shapes.writing import thumbnail_of
from shared.protocol.http import HttpRequest
from shared.rpc.client import ActingOfficer, Reply, Requester

SERVICE: Final = "notices"
PATH: Final = f"/api/{SERVICE}"
ANYBODY: Final = ActingOfficer("public.api", (f"{SERVICE}:read", PURPOSE_SCOPES[Purpose.WARNING]), Purpose.WARNING)
T = TypeVar("T")
_NOTHING: Final = Lines(items=(), page=1, total=0)


class NotAnswered(Exception):
    """The service refused, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class NoticeSource:
    """The notices that their issuers made public."""

    def __init__(self, proxy: ServiceProxy | None, requesters: Mapping[BureauCode, Requester]) -> None:
        """Ask as the public, if it is among the bureaus of this gateway, which may join later."""
        self._proxy = proxy
        self._requesters = requesters

    async def page(self, kind: Kind, asked: Asked) -> Lines:
        """Return one page of a list. Raises Refusal, NotAnswered."""
        query = asked.for_service(kind.list, kind.filters)
        if query is None:
            return _NOTHING
        return _read(read_lines, await self._ask(f"{PATH}/extracts?{query}"))

    async def extract(self, kind: Kind, number: str) -> Extract:
        """Return the notice of a number. Raises Refusal, among these NotFound, and NotAnswered."""
        query = urlencode({"number": number, "colour": kind.colour, "limit": 1})
        found = _read(read_extracts, await self._ask(f"{PATH}?{query}")).items
        if not found or (kind.subject is not None and found[0].subject.kind != kind.subject):
            raise NotFound("there is no such notice")
        return found[0]

    async def picture(self, notice: Extract, picture: str) -> tuple[str, bytes]:
        """Return the content type and the bytes of a photograph or, by the number after its own, of its thumbnail.

        Raises Refusal, NotAnswered.
        """
        for photograph in notice.photographs:
            below = {photograph.id: "", thumbnail_of(photograph.id): "/thumbnail"}.get(picture)
            if below is not None:
                target = f"{PATH}/{notice.id}/photographs/{quote(photograph.id, safe='')}{below}"
                reply = await self._ask(target)
                return reply.head.content_type, reply.body
        raise NotFound("there is no such picture")

    async def statistics(self, query: str) -> Reply:
        """Return what the service answers who asks for its statistics, also a refusal of the query. Raises Refusal."""
        return await self._send(f"{PATH}/statistics?{query}" if query else f"{PATH}/statistics")

    async def _send(self, target: str) -> Reply:
        requester = self._requesters.get(PUBLIC)
        if self._proxy is None or requester is None:
            raise Unreachable("this gateway does not host the public")
        return await self._proxy.ask(requester, HttpRequest("GET", target), ANYBODY)

    async def _ask(self, target: str) -> Reply:
        reply = await self._send(target)
        if reply.head.status == 404:
            raise NotFound("there is no such record")
        if reply.head.status != 200:
            raise NotAnswered(reply.head.status)
        return reply


def _read(decode: Callable[[bytes], T], reply: Reply) -> T:
    """Return the content of a reply. Raises ForgedReply for one of another form."""
    try:
        return decode(reply.body)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ForgedReply("the answer is not of the form that it must have") from error
