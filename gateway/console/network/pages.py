"""The routes of the network: the map with its table, what of it comes anew every ten seconds, and one participant."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final, TypeVar

from starlette.responses import Response
from starlette.routing import Route

from gateway.console.api import part, target_of
from gateway.console.in_process import ApiRefused, Problem
from gateway.console.listing import Column, Item, Listing, arranged, as_file, sort_key
from gateway.console.network import rules, traffic
from gateway.console.network.witnesses import SeenLog, seen_log
from gateway.console.network.world import EUROPE, world_of
from gateway.console.page import Page
from gateway.console.routing import get
from gateway.console.texts import Texts
from shared.clock import time_at
from shared.errors import NotFound
from shared.identity import AUDIT_READ

PATH: Final = "/network"
STATE: Final = "/network/part/state"
DIRECTORY: Final = "/directory"
DIRECTORY_LOG: Final = "/directory/log"
STANDING: Final = "/standing"
USAGE: Final = "/api/messages/usage"
ALARMS: Final = "/api/audit/alarms"
WITNESSED: Final = "/api/audit/witnessed"
NEWEST_ALARMS: Final = 5
# Beyond the end of any log: the head comes without entries.
NO_ENTRIES: Final = 2**31

T = TypeVar("T")


def _(text: str) -> str:
    return text


COLUMNS: Final = (
    Column("participant", _("Participant"), lambda row: row["name"]),
    Column("kind", _("Kind"), lambda row: row["kind"]),
    Column("state", _("State"), lambda row: row["state"]),
    Column("gateway", _("Gateway"), lambda row: row["gateway"]),
    Column("key", _("Key ends"), lambda row: row["ends"]),
    Column("measure", _("Measure"), lambda row: row["measure"]),
)


def routes() -> list[Route]:
    """Return the routes of this page."""
    return [
        get(PATH, show_network),
        get(STATE, show_state, counts_as_use=False),
        get(f"{PATH}/{{code}}", show_participant),
    ]


async def show_network(page: Page) -> Response:
    """Show the map, its table, and the state of all parts; or the table as a file."""
    if page.query.get("format") == "csv":
        return as_file(_listing(page, _participants(page, await _known(page))), page, "network")
    values = await _values(page)
    return page.show(
        "network/page.html",
        **values,
        audit=await _audit(page, values["services"]),
        hours=traffic.HOURS,
        is_live=page.query.get("live") != "no",
        state=_target(page, STATE),
        other_pace=_target(page, PATH, live=None if page.query.get("live") == "no" else "no"),
    )


async def show_state(page: Page) -> Response:
    """Show the part that comes anew while nobody does anything."""
    return page.show("network/state.html", **await _values(page))


async def show_participant(page: Page) -> Response:
    """Show one participant: its standing, its keys with their history, and what to do about one's own."""
    code, known = page.path["code"], await _known(page)
    if code not in known.kinds:
        raise NotFound("the directory has no such participant")
    shown = rules.participant(known, code, _hosted(page), _now(page))
    return page.show("network/participant.html", shown=shown, now=_now(page), time=_time)


async def _values(page: Page) -> dict[str, Any]:
    known, health, usage, head = await asyncio.gather(
        _known(page), _or_problem(page.api.health()), _or_problem(_usage(page)), _or_problem(_directory_log(page))
    )
    shown = _participants(page, known)
    is_known = not isinstance(health, Problem)
    return {
        "shown": shown,
        "listing": _listing(page, shown),
        "world": world_of(shown),
        "europe": EUROPE,
        "counts": rules.shown_counts(shown),
        "health": health,
        "services": list(health["services"]) if is_known else [],
        "services_up": sum(each["status"] == "up" for each in health["services"].values()) if is_known else 0,
        "usage": usage,
        "log": head,
        "own": rules.participant(known, page.grant.bureau, _hosted(page), _now(page)),
        "at": page.context.clock.now(),
        "now": _now(page),
        "time": _time,
    }


async def _known(page: Page) -> rules.Known:
    directory, standing = await asyncio.gather(page.api.get(DIRECTORY), page.api.get(STANDING))
    return rules.read(directory, standing["items"])


async def _usage(page: Page) -> Any:
    """Return what the mailbox of the officer's bureau holds; None if they may not know it."""
    return await page.api.get(USAGE) if page.may("messages:read") else None


async def _directory_log(page: Page) -> SeenLog:
    return seen_log((await page.api.get(DIRECTORY_LOG, from_=NO_ENTRIES))["head"])


async def _audit(page: Page, services: Sequence[str]) -> Mapping[str, Any] | None:
    """Return what auditors see besides; None to others."""
    if not page.may(AUDIT_READ):
        return None
    alarms = await _or_problem(page.api.get(ALARMS, limit=NEWEST_ALARMS))
    seen = await page.together(*(_witnessed(page, each) for each in services))
    asked = page.query.get("hours", "")
    hours = next((each for each in traffic.HOURS if str(each) == asked), None)
    found = None if hours is None else await _or_problem(traffic.counted(page, hours, services))
    return {"alarms": alarms, "witnessed": [each for each in seen if each is not None], "traffic": found}


async def _witnessed(page: Page, service: str) -> SeenLog | None:
    """Return the log of a service as the gateway saw it as its witness; None if it is none."""
    try:
        return seen_log((await page.api.get(f"{WITNESSED}/{part(service)}"))["checkpoint"])
    except ApiRefused as refused:
        if refused.status != 404:
            raise
        return None


async def _or_problem(asked: Awaitable[T]) -> T | Problem:
    """Return an answer, or why there is none: the other parts of the page are shown all the same."""
    try:
        return await asked
    except ApiRefused as refused:
        if refused.status == 401:
            raise
        return refused.problem


def _participants(page: Page, known: rules.Known) -> list[rules.Participant]:
    return rules.participants(known, _hosted(page), _now(page))


def _hosted(page: Page) -> set[str]:
    return {*page.context.requesters, page.grant.bureau}


def _now(page: Page) -> float:
    return page.context.clock.now().timestamp()


def _listing(page: Page, shown: Sequence[rules.Participant]) -> Listing:
    rows = sorted((_row(page.texts, each) for each in shown), key=lambda row: sort_key(row["name"]))
    return arranged(page, rows, COLUMNS, list_path=PATH)


def _row(texts: Texts, shown: rules.Participant) -> Item:
    """Return a line of the table, in the words that a file has, too."""
    return {
        "shown": shown,
        "code": shown.code,
        "name": f"{texts.bureau(shown.code)} ({shown.code})",
        "kind": texts.code(shown.kind),
        "state": texts.code(shown.state),
        "gateway": texts.code("this-gateway" if shown.is_hosted else "another-gateway"),
        "ends": None if shown.ends is None else _time(shown.ends),
        "measure": None if shown.measure is None else _in_words(texts, shown.measure),
    }


def _in_words(texts: Texts, measure: Mapping[str, Any]) -> str:
    stated = (
        texts.code(measure["standing"]),
        texts.code(measure["reason"]) if measure["reason"] else "",
        texts.moment(measure["until"]) if measure["until"] else "",
        measure["resolution"] or "",
        *map(texts.code, measure["services"]),
    )
    return texts.listed([each for each in stated if each])


def _time(seconds: float) -> str:
    """Return seconds since 1970 as the API writes times."""
    return time_at(seconds).isoformat(timespec="seconds")


def _target(page: Page, path: str, **changed: str | None) -> str:
    """Return the address of a path with the parameters of this page."""
    kept = {name: value for name, value in page.query.items() if name in {"sort", "order", "live", "hours"}}
    return target_of(path, {**kept, **changed})
