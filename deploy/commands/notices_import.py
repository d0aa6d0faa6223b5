"""Enters the notices of a file through the gateway, as drafts of a bureau, and publishes them where that is wanted.

The service decides on each as on any other entry, and refuses what the officer may not do. A line has a reference, its
own or the number of its notice, so that it is entered once however often the file is imported.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypedDict

import httpx

from deploy.commands.notice_lines import ReadLine
from deploy.commands.notices_export import PATH
from deploy.commands.officer_client import ask
from deploy.commands.output import Line
from deploy.state.gateway import content_of, fault_of
from services.notices.entries import NoticeEntry

AT_ONCE: Final = 8

Say = Callable[[Line], None]


class _Notice(TypedDict):
    id: str
    status: str


class _Page(TypedDict):
    items: list[_Notice]


class _Refused(Exception):
    """The service refused a notice; the message says why."""


@dataclass(slots=True)
class Import:
    """How many notices were entered, known or published, and how many lines are good or were refused."""

    checked: bool = False
    """The lines were only read."""
    good: int = 0
    """Lines that make an entry."""
    entered: int = 0
    """New drafts that stay drafts."""
    known: int = 0
    """Notices that an earlier import entered."""
    published: int = 0
    refused: int = 0
    """Lines with a fault; with `--publish` those too that stay drafts."""

    @property
    def summary(self) -> str:
        """What was done, in one sentence."""
        if self.checked:
            return f"{self.good:,} lines are good, {self.refused:,} refused; nothing was entered"
        return (
            f"{self.entered:,} drafts entered, {self.known:,} known from an earlier import, "
            f"{self.published:,} published, {self.refused:,} refused"
        )


def check_lines(lines: Iterator[ReadLine], say: Say) -> Import:
    """Read all lines, and say what is wrong with each; enter nothing."""
    done = Import(checked=True)
    for line in lines:
        done.good += not line.fault
        _note(done, line, line.fault, say)
    return done


async def import_notices(
    client: httpx.AsyncClient, lines: Iterator[ReadLine], say: Say, *, reviewers: Sequence[httpx.AsyncClient] = ()
) -> Import:
    """Enter each line as a draft, a few at once; with two reviewers of the Secretariat publish it too.

    Raises StartRefused if the gateway does not answer.
    """
    done = Import()
    while group := list(islice(lines, AT_ONCE)):
        for line, fault in zip(
            group, await asyncio.gather(*(_enter(client, line, reviewers, done) for line in group)), strict=True
        ):
            _note(done, line, fault, say)
    return done


def _note(done: Import, line: ReadLine, fault: str, say: Say) -> None:
    if fault:
        done.refused += 1
        say(Line(f"line {line.number}: {fault}", {"line": line.number, "fault": fault}))


async def _enter(
    client: httpx.AsyncClient, line: ReadLine, reviewers: Sequence[httpx.AsyncClient], done: Import
) -> str:
    """Enter the notice of a line, and return why it was refused, or nothing."""
    if line.entry is None:
        return line.fault
    try:
        is_known = line.entry.reference is not None and await _is_known(client, line.entry.reference)
        notice = await _accepted(client, PATH, _json_of(line.entry))
        done.known += is_known
        done.entered += not is_known
        if reviewers and notice["status"] == "draft":
            await _publish(client, reviewers, f"{PATH}/{notice['id']}")
            done.published += 1
            # It is no draft any more.
            done.known -= is_known
            done.entered -= not is_known
    except _Refused as refused:
        return str(refused)
    return ""


async def _publish(client: httpx.AsyncClient, reviewers: Sequence[httpx.AsyncClient], path: str) -> None:
    """Bring a draft through review as the demo officers of both sides would. Raises _Refused."""
    await _accepted(client, f"{path}/submission")
    await _accepted(reviewers[0], f"{path}/review")
    for reviewer in reviewers:
        # Of a red notice the first approves, and the second publishes it.
        notice = await _accepted(reviewer, f"{path}/publication")
        if notice["status"] == "published":
            return


async def _is_known(client: httpx.AsyncClient, reference: str) -> bool:
    """Return whether the bureau has a notice of this reference; an entry that is repeated is answered as a new one."""
    answer = await ask(client, "GET", PATH, params={"reference": reference, "limit": 1})
    return answer.is_success and bool(content_of(answer, _Page)["items"])


async def _accepted(client: httpx.AsyncClient, path: str, body: Any = None) -> _Notice:
    answer = await ask(client, "POST", path, json=body)
    if not answer.is_success:
        raise _Refused(fault_of(answer))
    return content_of(answer, _Notice)


def _json_of(entry: NoticeEntry) -> dict[str, Any]:
    sent = entry.model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in sent.items() if value != []}
