"""The records that hits name, read in the officer's name: a hit holds nothing of what was found.

Each read is in the audit log as any read of a record is, so pages read only what their officer asks for.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.console.api import part
from gateway.console.hits.rules import Hit
from gateway.console.in_process import ApiRefused
from gateway.console.kinds import Kind, Record
from gateway.console.page import Page
from gateway.console.records.values import Node, node_of
from gateway.console.references import kind_named

MAX_NAMED: Final = 50
AT_ONCE: Final = 8
# A record that is not shown says why, in these cases; others are failures.
_NOT_SHOWN: Final = frozenset({403, 404, 503, 504})


async def record_of(page: Page, hit: Hit) -> Any:
    """Return the record that was found; None if the officer is not shown it. Raises ApiRefused."""
    kind = kind_named(hit["service"], hit["kind"])
    if kind is None or not page.may(f"{kind.service}:read"):
        return None
    try:
        return await page.api.get(f"{kind.path}/{part(hit['record'])}")
    except ApiRefused as refused:
        if refused.status not in _NOT_SHOWN:
            raise
        return None


async def records_of(page: Page, hits: Iterable[Hit]) -> Mapping[str, Any]:
    """Return the records of some hits by their ids, of `MAX_NAMED` at most; None for one that is not shown."""
    one_of_each = {hit["record"]: hit for hit in hits}
    wanted = [*one_of_each.values()][:MAX_NAMED]
    turn = asyncio.Semaphore(AT_ONCE)

    async def read(hit: Hit) -> Any:
        async with turn:
            return await record_of(page, hit)

    found = await page.together(*map(read, wanted))
    return {hit["record"]: record for hit, record in zip(wanted, found, strict=True)}


_OF_PERSON: Final = ("sex", "date_of_birth", "place_of_birth", "country_of_birth", "nationalities")


def facts_of(kind: Kind, record: Record) -> Sequence[tuple[str, Node]]:
    """Return what an officer compares first: the person, or the thing, and what tells the record from others."""
    subject = record.get("subject")
    of_subject = {**record, **subject} if isinstance(subject, Mapping) else record
    names = dict.fromkeys((*(_OF_PERSON if kind.is_of_person else ()), *kind.line))
    nodes = ((name, node_of((record if name in kind.line else of_subject).get(name), name)) for name in names)
    return [(name, node) for name, node in nodes if node is not None]


def line_of(kind: Kind, record: Record) -> Sequence[Node]:
    """Return what tells a record from others besides its title, such as the colour and the number of a notice."""
    nodes = (node_of(record.get(name), name) for name in kind.line)
    return [node for node in nodes if node is not None]
