"""The command `i247 status`: says what runs in a state directory, and whether it is healthy.

It asks the gateway for its health, as anyone may, and changes nothing.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import httpx
import msgspec

from deploy.commands.arguments import positive
from deploy.commands.output import Line, add_json, print_lines
from deploy.mesh.broker_servers import UP, servers_of
from deploy.state.clock import shared_clock
from deploy.state.errors import FAILED_EXIT, REFUSED_EXIT, StartRefused
from deploy.state.gateway import address_of, has_gateway
from deploy.state.listener import Listener, listener_on
from deploy.state.record_counts import count_records
from deploy.state.running import Running, running_in
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from services import SERVICES
from shared.clock import time_at
from shared.service import HEALTH_PATH

HEALTH_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.5
SHOWN_BUREAUS: Final = 12
KEYS: Final = (
    "state",
    "advice",
    "home",
    "url",
    "broker",
    "servers",
    "clock",
    "sandbox",
    "bureaus",
    "running",
    "health",
    "records",
    "estimated",
)
HEALTHY: Final = "healthy"
EXITS: Final = {HEALTHY: 0, "not healthy": FAILED_EXIT, "not running": REFUSED_EXIT}


def add_options(status: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    status.add_argument(
        "--wait", type=positive, metavar="SECONDS", help="until it is healthy, at most so long (default: not at all)"
    )
    add_json(status, KEYS)
    status.set_defaults(run=_status)


def _status(settings: Settings, options: argparse.Namespace) -> int:
    report = asyncio.run(_awaited(settings, options.wait or 0))
    first, *more = _words(report)
    print_lines([Line(first, report, more)], as_json=options.as_json)
    return EXITS[report["state"]]


async def _awaited(settings: Settings, seconds: int) -> dict[str, Any]:
    """Return the report once the mesh is healthy, or the last one when the time is over."""
    until = time.monotonic() + seconds
    while True:
        report = await _report(settings)
        if report["state"] == HEALTHY or time.monotonic() >= until:
            return report
        await asyncio.sleep(POLL_SECONDS)


async def _report(settings: Settings) -> dict[str, Any]:
    state_dir = settings.state_dir
    running = running_in(state_dir)
    report: dict[str, Any] = dict.fromkeys(KEYS)
    report["home"] = str(state_dir.path)
    if not running:
        report |= {"state": "not running", "advice": _how_to_start(settings)}
    else:
        first = running[0]
        url = address_of(first.host, first.port)
        health = await _health(url) if any(map(has_gateway, running)) else None
        servers = await servers_of(settings.model_copy(update={"nats_url": first.broker, "nats_replicas": 1}))
        state, advice = _verdict(health, running, state_dir, servers or ())
        report |= {"state": state, "advice": advice, "url": url, "broker": first.broker, "servers": servers}
        report |= {"sandbox": first.sandbox, "bureaus": first.bureaus, "health": health}
        report["running"] = [msgspec.to_builtins(each) for each in running]
    if state_dir.stores.is_dir() or settings.store_url is not None:
        report["clock"] = _clock(state_dir)
        counts = {each.name: await count_records(settings, each.name) for each in SERVICES}
        report["records"] = {name: None if count is None else count.records for name, count in counts.items()}
        report["estimated"] = [name for name, count in counts.items() if count is not None and count.is_estimate]
    return report


def _how_to_start(settings: Settings) -> str:
    state_dir, listener = settings.state_dir, listener_on(settings.port)
    if listener is not None:
        return f"{listener} listens on port {settings.port}: {_how_to_reach(listener)}"
    start = f"start it with `{state_dir.start_command()}`"
    return f"{start}, or set I247_HOME to the state directory of the mesh that you mean"


def _how_to_reach(listener: Listener) -> str:
    if listener.home is None:
        return "end it, or set I247_PORT to another port"
    return f"set I247_HOME={listener.home} if you mean that one, or I247_PORT to another port before you start one here"


def _clock(state_dir: StateDir) -> dict[str, Any]:
    try:
        clock = shared_clock(state_dir)
    except StartRefused as refused:
        return {"kind": "unusable", "why": str(refused)}
    if clock is None:
        return {"kind": "system"}
    return {"kind": "shared", "now": clock.now(), "ahead_seconds": clock.offset.total_seconds()}


async def _health(url: str) -> dict[str, Any] | None:
    """Return what the gateway says of its health; None if it does not answer."""
    try:
        async with httpx.AsyncClient(timeout=HEALTH_SECONDS) as client:
            health: dict[str, Any] = (await client.get(f"{url}{HEALTH_PATH}")).json()
            return health if "services" in health else None
    except (httpx.HTTPError, ValueError):
        return None


def _verdict(
    health: Mapping[str, Any] | None,
    running: Sequence[Running],
    state_dir: StateDir,
    servers: Sequence[Mapping[str, Any]],
) -> tuple[str, str]:
    """Return the state, and what to do."""
    logs = f"see `i247 logs`, which reads {state_dir.logs}"
    if health is None and not any(map(has_gateway, running)):
        return HEALTHY, "only single processes run here: `/health` of a gateway says whether they answer"
    if health is None:
        return "not healthy", f"the gateway does not answer: it starts, or {logs}"
    if down := [name for name, one in health["services"].items() if one["status"] != "up"]:
        return "not healthy", f"{', '.join(down)} {'is' if len(down) == 1 else 'are'} down: {logs}"
    if health["status"] != "up":
        return "not healthy", f"no service runs: {logs}"
    doubts = [*_server_doubts(servers), *_job_doubts(health)]
    return HEALTHY, f"it answers, but {' and '.join(doubts)}: {logs}" if doubts else "nothing to do"


def _server_doubts(servers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if states := [f"{one['name']} is {one['state']}" for one in servers if one["state"] != UP]:
        yield f"no other server of the broker may end ({', '.join(states)})"


def _job_doubts(health: Mapping[str, Any]) -> Iterator[str]:
    jobs = {*health["failing_jobs"], *(job for one in health["services"].values() for job in _jobs(one))}
    if jobs:
        yield f"background jobs fail ({', '.join(sorted(jobs))})"


def _jobs(service: Mapping[str, Any]) -> Mapping[str, int]:
    jobs: Mapping[str, int] = service["failing_jobs"]
    return jobs


def _words(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"{report['state']}: {report['advice']}"
    yield f"state     {report['home']}{'  (a sandbox)' if report['sandbox'] else ''}"
    if report["url"]:
        bureaus = report["bureaus"]
        more = f", and {len(bureaus) - SHOWN_BUREAUS} more" if len(bureaus) > SHOWN_BUREAUS else ""
        yield f"gateway   {report['url']}"
        yield f"broker    {report['broker']}"
        yield f"bureaus   {', '.join(bureaus[:SHOWN_BUREAUS])}{more}"
    for each in report["running"] or ():
        yield f"stop      `kill {each['pid']}` ends the {each['what']}, as Ctrl-C does where it runs"
    if report["clock"]:
        yield f"clock     {_clock_words(report['clock'])}"
    yield from _process_words(report["running"] or ())
    yield from _server_words(report["servers"] or ())
    yield from _health_words(report)


def _clock_words(clock: Mapping[str, Any]) -> str:
    if clock["kind"] == "shared":
        return f"{clock['now']:%Y-%m-%d %H:%M:%SZ}, which `i247 clock` advances"
    return str(clock.get("why", "that of the system"))


def _process_words(running: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    rows = [row for each in running for row in (each["processes"] or [{**each, "name": each["what"], "restarts": 0}])]
    if rows:
        yield ""
        yield f"{'PROCESS':20} {'PID':>8}  {'SINCE':20} RESTARTS"
    for row in rows:
        yield f"{row['name']:20} {row['pid']:>8}  {time_at(row['since']):%Y-%m-%d %H:%M:%SZ} {row['restarts']}"


def _server_words(servers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if servers:
        yield ""
        yield f"{'BROKER':20} {'STATE':7} {'CONNECTIONS':>11}  LEADS"
    for one in servers:
        yield f"{one['name']:20} {one['state']:7} {one['connections']:>11}  {', '.join(one['leads']) or '-'}"


def _health_words(report: Mapping[str, Any]) -> Iterator[str]:
    health, records, estimated = report["health"], report["records"] or {}, report["estimated"] or ()
    services = health["services"] if health else {}
    if not services and not any(records.values()):
        return
    yield ""
    yield f"{'SERVICE':20} {'HEALTH':7} {'RECORDS':>10}"
    for name in records | services:
        one, count = services.get(name), records.get(name)
        state = "-" if one is None else one["status"]
        detail = one["detail"] if one and one["detail"] else ""
        shown = "-" if count is None else f"{'~' if name in estimated else ''}{count:,}"
        yield f"{name:20} {state:7} {shown:>10}  {detail}".rstrip()
    yield from _alarm_words(health or {})


def _alarm_words(health: Mapping[str, Any]) -> Iterator[str]:
    for alarm in health.get("alarms", ()):
        yield f"alarm     {alarm['fault']}, {alarm['times']} times, last at {alarm['last']}"
    if waiting := health.get("clock", {}).get("waiting"):
        yield f"waiting   nothing is deleted or declared expired: {waiting}"
