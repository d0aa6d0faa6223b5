"""The command `i247 sandbox`: resets a sandbox, takes and restores its snapshots, and lets steps fail, over HTTP."""

import argparse
from collections.abc import Iterator
from typing import Any, Final, TypedDict

import httpx

from deploy.commands.arguments import prints
from deploy.commands.output import Line
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.gateway import base_of, content_of, fault_of, is_problem, no_mesh_at, require_gateway_here
from deploy.state.settings import Settings
from shared.sandbox.faults import FAILURES

TIMEOUT_SECONDS: Final = 60.0
SNAPSHOT_HELP: Final = "such as `seeded`"
HOW: Final = tuple(dict.fromkeys(way for ways in FAILURES.values() for way in ways))
STATE: Final = ("now", "clock", "faults")
SNAPSHOT: Final = ("name", "taken", "bytes")
OPERATION: Final = ("id", "kind", "snapshot", "state", "seconds", "error")
SCOPE: Final = ("bureau", "service", "request_id")
FAULT: Final = (*SCOPE, "id", "step", "failure", "latency_ms", "left", "until", "is_over", "fired", "requests")


class _State(TypedDict):
    now: str
    faults: int


class _Snapshot(TypedDict):
    name: str
    taken: str
    bytes: int


class _Snapshots(TypedDict):
    items: list[_Snapshot]


class _Operation(TypedDict):
    id: str
    kind: str
    snapshot: str | None
    seconds: float | None
    error: str | None


class _Fault(TypedDict):
    id: str
    step: str
    failure: str | None
    latency_ms: int
    left: int | None
    is_over: bool
    fired: int
    bureau: str | None
    service: str | None
    request_id: str | None


class _Faults(TypedDict):
    items: list[_Fault]


def add_options(sandbox: argparse.ArgumentParser) -> None:
    """Add the actions of the command; without one it prints what the sandbox is like."""
    prints(sandbox, lambda settings, _: _state(settings), STATE)
    actions = sandbox.add_subparsers(metavar="ACTION")
    reset = actions.add_parser("reset", help="make the mesh what it was when it was first started")
    prints(reset, lambda settings, _: _replace(settings, "/sandbox/reset"), OPERATION)
    snapshot = actions.add_parser("snapshot", help="take a snapshot of the whole mesh")
    snapshot.add_argument("name", metavar="SNAPSHOT", help=SNAPSHOT_HELP)
    prints(snapshot, lambda settings, options: _take(settings, options.name), SNAPSHOT)
    snapshots = actions.add_parser("snapshots", help="list the snapshots")
    prints(snapshots, lambda settings, _: _list(settings), SNAPSHOT)
    restore = actions.add_parser("restore", help="make the mesh what it was when a snapshot was taken")
    restore.add_argument("name", metavar="SNAPSHOT", help=SNAPSHOT_HELP)
    prints(restore, lambda settings, options: _restore(settings, options.name), OPERATION)
    delete = actions.add_parser("delete", help="delete a snapshot")
    delete.add_argument("name", metavar="SNAPSHOT", help=SNAPSHOT_HELP)
    prints(delete, lambda settings, options: _delete(settings, f"/sandbox/snapshots/{options.name}"))
    _add_fault(actions.add_parser("fault", help="let the next requests or messages fail at a step, or be late"))
    faults = actions.add_parser("faults", help="list the faults, or delete all of them")
    faults.add_argument("--delete", action="store_true", help="delete all faults")
    prints(faults, lambda settings, options: _faults(settings, delete=options.delete), FAULT)


def _add_fault(fault: argparse.ArgumentParser) -> None:
    steps = [step.value for step in FAILURES]
    fault.add_argument("step", choices=steps, metavar="STEP", help=f"one of {', '.join(steps)}")
    fault.add_argument("--failure", metavar="HOW", help=f"one of {', '.join(HOW)} (default: the usual one)")
    fault.add_argument("--bureau", metavar="BUREAU", help="only for this bureau")
    fault.add_argument("--service", metavar="SERVICE", help="only for requests to this service")
    fault.add_argument("--request", metavar="ID", dest="request_id", help="only for this request or message")
    fault.add_argument("--count", type=int, help="how often (default: 1)")
    fault.add_argument("--seconds", type=_seconds, help="for how long, by the clock of the mesh")
    fault.add_argument("--latency", type=_milliseconds, metavar="MS", dest="latency_ms", help="how late the step is")
    prints(fault, _fault, FAULT)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"give seconds as a number, such as 300, not {text[:20]!r}") from error


def _milliseconds(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"give milliseconds as a number, such as 300, not {text[:20]!r}") from error


def _state(settings: Settings) -> Iterator[str | Line]:
    state = content_of(_asked(settings, "GET", "/sandbox"), _State)
    yield Line(f"{state['now']}  {state['faults']} faults", state)


def _take(settings: Settings, name: str) -> Iterator[str | Line]:
    taken = content_of(_asked(settings, "POST", "/sandbox/snapshots", {"name": name}), _Snapshot)
    yield Line(f"{taken['name']}  {taken['bytes']:,} bytes", taken)


def _list(settings: Settings) -> Iterator[str | Line]:
    for each in content_of(_asked(settings, "GET", "/sandbox/snapshots"), _Snapshots)["items"]:
        yield Line(f"{each['taken']}  {each['bytes']:>13,} bytes  {each['name']}", each)


def _restore(settings: Settings, name: str) -> Iterator[str | Line]:
    yield from _replace(settings, f"/sandbox/snapshots/{name}/restore")


def _replace(settings: Settings, path: str) -> Iterator[str | Line]:
    accepted = content_of(_asked(settings, "POST", path), _Operation)
    done = content_of(_asked(settings, "GET", f"/sandbox/operations/{accepted['id']}"), _Operation)
    if done["error"] is not None:
        raise CommandFailed(done["error"])
    then = "at its first start" if done["kind"] == "reset" else f"when the snapshot {done['snapshot']} was taken"
    yield Line(f"the mesh is what it was {then}; it took {done['seconds'] or 0:.1f} s", done)


def _delete(settings: Settings, path: str) -> Iterator[str | Line]:
    _asked(settings, "DELETE", path)
    yield "deleted"


def _fault(settings: Settings, options: argparse.Namespace) -> Iterator[str | Line]:
    names = ("step", "failure", "bureau", "service", "request_id", "count", "seconds", "latency_ms")
    draft = {name: value for name in names if (value := getattr(options, name)) is not None}
    yield _line(content_of(_asked(settings, "POST", "/sandbox/faults", draft), _Fault))


def _faults(settings: Settings, *, delete: bool) -> Iterator[str | Line]:
    if delete:
        yield from _delete(settings, "/sandbox/faults")
        return
    for each in content_of(_asked(settings, "GET", "/sandbox/faults"), _Faults)["items"]:
        yield _line(each)


def _line(fault: _Fault) -> Line:
    left = "over" if fault["is_over"] else "ends by time" if fault["left"] is None else f"{fault['left']} left"
    scope = [each for each in (fault["bureau"], fault["service"], fault["request_id"]) if each is not None]
    how = fault["failure"] or f"{fault['latency_ms']} ms late"
    words = "  ".join([fault["id"], fault["step"], how, *scope, left, _happened(fault["fired"])])
    return Line(words, fault)


def _happened(times: int) -> str:
    return "happened once" if times == 1 else f"happened {times} times"


def _asked(settings: Settings, method: str, path: str, body: Any = None) -> httpx.Response:
    """Return the answer of the gateway that runs in the state directory.

    Raises StartRefused without any, CommandFailed or WrongUsage for a problem.
    """
    require_gateway_here(settings)
    base = base_of(settings)
    try:
        answer = httpx.request(method, base + path, json=body, timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as error:
        raise no_mesh_at(settings) from error
    if answer.status_code == httpx.codes.NOT_FOUND and path.count("/") <= 2 and is_problem(answer):
        raise CommandFailed(f"the mesh at {base} is no sandbox: start one with `i247 up --sandbox`")
    if answer.is_error:
        wrong = WrongUsage if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY else CommandFailed
        raise wrong(fault_of(answer))
    return answer
