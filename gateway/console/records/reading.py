"""Reading records by the API for the pages: each read is one of the officer, and is logged as one."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from starlette.exceptions import HTTPException

from gateway.console.api import REQUEST_ID, part
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.kinds import BY_NAME, Kind, kinds_of
from gateway.console.page import Page

MOST_VERSIONS: Final = 20

T = TypeVar("T")


class View(NamedTuple):
    """What the API answered, and by which request it is found in the audit log."""

    read: Any
    request: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page that may be missing while the rest is shown."""

    read: Any = None
    problem: Problem | None = None


def kind_of(page: Page) -> Kind:
    """Return the kind that the address names, if this gateway has it. Raises HTTPException."""
    kind = BY_NAME.get(str(page.path["kind"]))
    if kind is None or kind not in kinds_of(page.context.services):
        raise HTTPException(404)
    return kind


def readable_kinds(page: Page) -> list[Kind]:
    """Return the kinds whose records the officer may read."""
    return [kind for kind in kinds_of(page.context.services) if page.may(f"{kind.service}:read")]


def path_of(page: Page, kind: Kind, below: str = "") -> str:
    """Return the path in the API of the record that the address names, or of what is below it."""
    return f"{kind.path}/{part(str(page.path['record']))}{below}"


async def view(page: Page, path: str) -> View:
    """Read a path. Raises ApiRefused."""
    answer = await page.api.exchange("GET", path)
    return View(msgspec.json.decode(answer.body), answer.headers.get(REQUEST_ID, ""), page.context.clock.now())


async def part_of(asked: Awaitable[Any]) -> Part:
    """Return what is asked for, or why it was refused."""
    try:
        return Part(await asked)
    except ApiRefused as error:
        return Part(problem=error.problem)


async def versions(
    page: Page, path: str, *, before: int | None = None, limit: int = MOST_VERSIONS
) -> Mapping[str, Any]:
    """Return versions of a record, the newest first, before one of them if it is given. Raises ApiRefused."""
    answer: Mapping[str, Any] = await page.api.get(f"{path}/versions", before=before, limit=limit)
    return answer
