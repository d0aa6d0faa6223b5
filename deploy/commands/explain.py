"""The command `i247 explain`: what happened to a request or a message of a sandbox, step by step."""

import argparse
import asyncio
from collections.abc import Iterator
from typing import Final, Literal, TypedDict

import httpx

from deploy.commands.arguments import add_role, positive, prints
from deploy.commands.output import Line, Output
from deploy.state.errors import CommandFailed, WrongUsage
from deploy.state.settings import Settings
from shared.bureaus import is_participant, kind_of
from shared.identity import Purpose

RESULTS: Final = {"ok": "ok", "failed": "FAILED", "undecided": "undecided"}


class _Step(TypedDict):
    part: str
    step: str
    result: Literal["ok", "failed", "undecided"]
    says: str


class _KeptOut(TypedDict):
    field: str
    says: str
    score: float
    needed: float


class _NearMiss(TypedDict):
    kind: str
    record: str
    owner: str
    version: int
    kept_out: list[_KeptOut]


class _NearMisses(TypedDict):
    compared: int
    near: list[_NearMiss]


class _Part(TypedDict):
    id: str
    service: str
    says: str


class Explanation(TypedDict):
    """What people are shown of an explanation."""

    says: str
    steps: list[_Step]
    parts: list[_Part]
    why_not: _NearMisses | None


def add_options(explain: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    explain.add_argument(
        "id", metavar="ID", help="the header I247-Request-Id of an answer, the instance of a problem, or of a message"
    )
    explain.add_argument(
        "--part",
        type=positive,
        metavar="NUMBER",
        help="explain this one of the requests to services that the gateway sent for it, as to a register of a check",
    )
    explain.add_argument("--bureau", metavar="BUREAU", help="whose request or message it is (default: any here)")
    explain.add_argument(
        "--purpose",
        choices=[each.value for each in Purpose],
        default=Purpose.CRIMINAL_INVESTIGATION.value,
        help="for what you look at records that a search did not find, which is logged "
        f"(default: {Purpose.CRIMINAL_INVESTIGATION})",
    )
    add_role(explain)
    prints(explain, _explain, ("id", "about", "says", "request", "answer", "steps", "parts", "why_not"))


def _explain(settings: Settings, options: argparse.Namespace) -> Output:
    explanation = asyncio.run(_fetch(settings, options))
    # With the signed bytes, which are of no use to people.
    yield Line("", explanation)
    for words in lines_of(explanation):
        yield Line(words)


async def _fetch(settings: Settings, options: argparse.Namespace) -> Explanation:
    """Ask for an explanation, and for that of one of its parts if it is wanted. Raises WrongUsage, CommandFailed."""
    whole = await _explained(settings, options, options.id)
    if options.part is None:
        return whole
    if options.part > len(whole["parts"]):
        raise WrongUsage(f"--part: {options.id} has {len(whole['parts'])} parts")
    return await _explained(settings, options, whole["parts"][options.part - 1]["id"])


async def _explained(settings: Settings, options: argparse.Namespace, asked: str) -> Explanation:
    """Ask for an explanation in the name of each bureau, until one has it. Raises WrongUsage, CommandFailed."""
    from deploy.commands.officer_client import ask, officer_client
    from deploy.state.gateway import content_of, fault_of

    last: httpx.Response | None = None
    settings.state_dir.require_mesh()
    for bureau in [options.bureau] if options.bureau else _bureaus_here(settings):
        async with officer_client(settings, bureau, options.purpose, role=options.officer) as client:
            last = await ask(client, "GET", f"/sandbox/explain/{asked}")
        if last.status_code == 200:
            return content_of(last, Explanation)
        if last.status_code != 404:
            break
    if last is None:
        raise CommandFailed("no bureau is here: start a mesh with `i247 up --sandbox`")
    if last.status_code == 422:
        raise WrongUsage(f"{options.id[:80]} is no id: it is a UUID such as in the header I247-Request-Id")
    raise CommandFailed(_why(fault_of(last)))


def _bureaus_here(settings: Settings) -> list[str]:
    return [
        name for name in settings.state_dir.participants_here() if is_participant(name) and kind_of(name) == "bureau"
    ]


def _why(fault: str) -> str:
    if "there is no /sandbox" in fault:
        return "this mesh is no sandbox, and keeps no requests: start one with `i247 up --sandbox`"
    return fault


def lines_of(explanation: Explanation) -> Iterator[str]:
    """Yield an explanation as text."""
    yield explanation["says"]
    for step in explanation["steps"]:
        yield f"{RESULTS[step['result']]:9}  {step['part']}, {step['step']}: {step['says']}"
    for number, part in enumerate(explanation["parts"], start=1):
        yield f"part {number}, {part['service']} {part['id']}: {part['says']}"
    if (why_not := explanation["why_not"]) is not None:
        yield from _near_lines(why_not)


def _near_lines(why_not: _NearMisses) -> Iterator[str]:
    compared, near = why_not["compared"], why_not["near"]
    of_them = f"of {compared} records that you may see"
    yield f"no record comes near that was not found, {of_them}" if not near else f"not found, nearest first, {of_them}:"
    for each in near:
        yield f"  {each['kind']} {each['record']} of {each['owner']}, version {each['version']}"
        for part in each["kept_out"]:
            yield f"    {part['field']}: {part['says']} (score {part['score']:g}, needed {part['needed']:g})"
