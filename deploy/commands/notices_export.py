"""Writes the notices that a bureau sees to a file, page by page.

They are read through the gateway, as an officer reads them: what the bureau may not see is not exported, and each page
is written as a disclosure in the audit log of the service. Nothing but one page is held in memory.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import httpx
from pydantic import ValidationError

from deploy.commands.officer_client import ask
from deploy.state.errors import CommandFailed
from deploy.state.gateway import content_of, fault_of, not_a_gateway
from services.notices.interchange.detail_writing import line_of, path_of
from services.notices.interchange.follow_the_money import entities_of
from services.notices.lifecycle import IN_FORCE, PUBLISHED
from services.notices.models import NoticeRecord

PATH: Final = "/api/notices"
PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Export:
    """Which notices are exported, and how."""

    colour: str | None = None
    is_public: bool = False
    all_states: bool = False
    is_ftm: bool = False

    def includes(self, notice: NoticeRecord) -> bool:
        """Return whether a notice is exported."""
        if self.is_public:
            return notice.public and notice.status in PUBLISHED and path_of(notice) is not None
        return self.all_states or notice.status in IN_FORCE


@dataclass(slots=True)
class Exported:
    """How many notices were written, and how many have no form in the format."""

    written: int = 0
    left_out: int = 0
    photographs: int = 0
    """Of the notices written; no format has their pictures."""

    @property
    def summary(self) -> str:
        """What was done, in one sentence."""
        left_out = f"; {self.left_out} have no form in FollowTheMoney: things, and unnamed persons"
        pictures = f"; their {self.photographs:,} photographs are not in the file"
        return (
            f"{self.written:,} notices written{left_out if self.left_out else ''}{pictures if self.photographs else ''}"
        )


async def export_notices(client: httpx.AsyncClient, wanted: Export, write: Callable[[bytes], object]) -> Exported:
    """Write the notices that the client's bureau sees, newest first, one JSON document a line. Raises CommandFailed."""
    done = Exported()
    base = str(client.base_url).rstrip("/")
    async for notice in _notices(client, wanted):
        lines = [*_lines(notice, wanted, base)]
        for line in lines:
            write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        done.written += bool(lines)
        done.photographs += len(notice.photographs) if lines else 0
        done.left_out += not lines
    return done


class _Page(TypedDict):
    items: list[dict[str, Any]]
    next: int | str | None


async def _notices(client: httpx.AsyncClient, wanted: Export) -> AsyncIterator[NoticeRecord]:
    query: dict[str, Any] = {"limit": PAGE} | ({"colour": wanted.colour} if wanted.colour else {})
    while True:
        answer = await ask(client, "GET", PATH, params=query)
        if answer.status_code != httpx.codes.OK:
            raise CommandFailed(f"the list of notices was refused: {fault_of(answer)}")
        page = content_of(answer, _Page)
        for item in page["items"]:
            notice = _notice(answer, item)
            if wanted.includes(notice):
                yield notice.public_extract() if wanted.is_public else notice
        if page["next"] is None:
            return
        query["after"] = page["next"]


def _notice(answer: httpx.Response, item: dict[str, Any]) -> NoticeRecord:
    try:
        return NoticeRecord.of_json(json.dumps(item))
    except ValidationError as error:
        raise CommandFailed(not_a_gateway(answer)) from error


def _lines(notice: NoticeRecord, wanted: Export, base: str) -> Iterator[dict[str, Any]]:
    if wanted.is_ftm:
        yield from entities_of(notice)
    else:
        yield line_of(notice, base, whole=not wanted.is_public)
