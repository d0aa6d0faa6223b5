"""Asks every operation of a service the same in all worlds, and notes where a hidden record makes a difference."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from shared.bureaus import SECRETARIAT, BureauCode
from shared.protocol.http import HttpRequest, HttpResponse
from shared.service import Service
from tests.contract.asking import Clues, Guesses, questions
from tests.contract.described import Operation, operations_of
from tests.contract.hidden_records import BARRED, BYSTANDER, OWNER, Secret
from tests.contract.noninterference import Answers, Worlds, worlds_of
from tests.extent import by_extent

UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NOBODY: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
LAST: Final = "ffffffff-ffff-7fff-bfff-ffffffffffff"
# So many questions are asked about a record in each search, and at the most by any other operation.
SEARCHES: Final = 3
ATTEMPTS: Final = by_extent(1, 2)
# Hashes and signatures: what they are of is salted, so that they tell nothing, and they differ by whatever others do.
OPAQUE: Final = re.compile(rb"(?<![\w+/-])[\w+/-]{43,}=*")
# The place of a record in the tree of its leaf is drawn by a hash of its tag. That counts what was disclosed of the
# owner's, hidden records as well, under a key that the owner alone has: so neither it nor the place tells the number.
SLOT: Final = re.compile(rb'(?<=\\"slot\\":) ?\d+')


def never(_comparison: object) -> bool:
    """Tell that more is to be asked."""
    return False


@dataclass
class Comparison:
    """What came of it."""

    worlds: Worlds
    operations: list[Operation] = field(default_factory=list)
    told_apart: list[str] = field(default_factory=list)
    """Questions of the barred bureau that are answered otherwise where there is a hidden record."""

    named: list[str] = field(default_factory=list)
    """Questions of the barred bureau whose answer names a hidden record that they did not name."""

    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often an operation would have told of a record, by the way in which that was hidden."""

    told: dict[str, list[str]] = field(default_factory=dict)
    """What the barred bureau was told in each world, otherwise than by answers."""

    entered: dict[str, str] = field(default_factory=dict)
    """The records that were entered in the end, in all worlds alike, and how the one is hidden that each is like."""

    minted: dict[str, None] = field(default_factory=dict)
    """The ids in answers, in their order: of records that were entered, of leaves, of searches left standing."""

    @property
    def secret_ids(self) -> set[str]:
        """The ids of all hidden records."""
        return {secret.id for secret in self.worlds.secrets}

    @cached_property
    def showing(self) -> set[str]:
        """The operations that answer records of the kinds of which some are hidden, beside those that enter one."""
        kinds = {secret.kind for secret in self.worlds.secrets}
        return {str(each) for each in self.operations if each.shows & kinds and "200" in each.stated["responses"]}

    @cached_property
    def searching(self) -> list[Operation]:
        """Those of the operations that answer records which are asked for them without their ids."""
        return [each for each in self.operations if str(each) in self.showing and "{" not in each.path]

    def clues(self, secret: Secret) -> Clues:
        """Return what can be known of a secret: all that it says, and what else there is."""
        others = [each.id for each in self.worlds.secrets if each is not secret][:4]
        ids = (*self.worlds.known[:8], *self.minted, *others, NOBODY, LAST)
        return Clues(secret.content, ids, secret.images)

    async def ask(self, operation: Operation, secret: Secret, request: HttpRequest) -> bool:
        """Let the barred bureau ask something, and tell whether it was a question as good as can be."""
        without, hidden, opened = await self.worlds.ask(BARRED, request)
        self.minted |= dict.fromkeys(UUID.findall(without.body.decode("latin-1")))
        question = f"{operation}, of a record hidden by {secret.way}: {request.target} {request.body!r}"
        if _seen(without) != _seen(hidden):
            self.told_apart.append(f"{question}\nwithout it: {without}\nwith it: {hidden}")
        reached = _seen(without) != _seen(opened)
        self.reached[str(operation), secret.way] += reached
        answered = {*UUID.findall(f"{hidden.headers}"), *UUID.findall(hidden.body.decode("latin-1"))}
        if self.secret_ids & answered - {*UUID.findall(question)}:
            self.named.append(f"{question}\n{hidden}")
        return reached or (without.status != 422 and str(operation) not in self.showing)


def _seen(response: HttpResponse) -> tuple[Any, ...]:
    body = SLOT.sub(b"...", response.body)
    headers = dict(response.headers)
    if "content-length" in headers:
        # A place has one to five digits.
        headers["content-length"] = str(int(headers["content-length"]) - len(response.body) + len(body))
    return response.status, headers, OPAQUE.sub(b"...", body)


def compare(service: Service, folder: Path, times: int, *, enough: Callable[[Comparison], bool] = never) -> Comparison:
    """Ask each operation about so many records, and about others when the service has done what it does by itself."""
    return asyncio.run(_compare(worlds_of(service, folder), times, enough))


async def _compare(
    opening: AbstractAsyncContextManager[Worlds], times: int, enough: Callable[[Comparison], bool]
) -> Comparison:
    async with opening as worlds:
        comparison = Comparison(worlds, operations_in(worlds.without.app))
        await _before(comparison)
        for some in (slice(times), slice(times, times + times // 2)):
            for operation in comparison.operations:
                await ask_about(comparison, operation, some)
                if enough(comparison):
                    return comparison
            await worlds.work()
        await _enter_more(comparison)
        await _after(comparison)
        return comparison


def operations_in(app: FastAPI) -> list[Operation]:
    """Return the operations of an application. To write its document takes long, and all with these routes have it."""
    routes = tuple(str(route) for route in app.routes)
    if routes not in _documents:
        _documents[routes] = operations_of(app.openapi())
    return _documents[routes]


_documents: Final[dict[tuple[str, ...], list[Operation]]] = {}


async def ask_about(comparison: Comparison, operation: Operation, some: slice) -> None:
    """Let the barred bureau ask about some of the secrets by one operation."""
    secrets = comparison.worlds.secrets
    about = [secret for secret in secrets if secret.kind in operation.shows] or secrets
    searched = operation in comparison.searching
    clues = [comparison.clues(secret) for secret in about[some]]
    asked = questions(operation, clues, SEARCHES if searched else ATTEMPTS)
    for secret, requests in zip(about[some], asked, strict=True):
        for request in requests:
            if await comparison.ask(operation, secret, request) and not searched:
                break


async def _before(comparison: Comparison) -> None:
    """Let others read secrets, and the owner delete one of each kind."""
    for secret in _one_of_each(comparison.worlds.secrets):
        for operation in comparison.operations:
            if operation.method == "GET" and secret.kind in operation.shows and "{" in operation.path:
                await _restate(comparison, operation, secret, OWNER)
                await _restate(comparison, operation, secret, BYSTANDER)
    for secret in _one_of_each_kind(comparison.worlds.secrets):
        for operation in comparison.operations:
            if operation.method == "DELETE":
                await _restate(comparison, operation, secret, OWNER)


async def _enter_more(comparison: Comparison) -> None:
    """Let the barred bureau enter a record of each kind, and look at it when the Secretariat has done its part."""
    for secret in _one_of_each_kind(comparison.worlds.secrets):
        entered = secret
        for operation in comparison.operations:
            if operation.method == "POST" and secret.kind in operation.shows:
                for bureau in (BARRED, SECRETARIAT) if "{" in operation.path else (BARRED,):
                    answer, *_ = await _restate(comparison, operation, entered, bureau)
                    if answer.status == 201 and entered is secret:
                        entered = replace(secret, content={**secret.content, "id": json.loads(answer.body)["id"]})
        for operation in comparison.operations:
            if operation.method == "GET" and secret.kind in operation.shows:
                await comparison.ask(operation, entered, _restated(comparison, operation, entered))


async def _after(comparison: Comparison) -> None:
    """Let the owner change secrets and enter others like them, of which those may be told who searched before."""
    worlds = comparison.worlds
    for secret in _one_of_each(worlds.secrets):
        for operation in comparison.operations:
            if operation.method in {"POST", "PUT"}:
                _, hidden, _ = await _restate(comparison, operation, secret, OWNER)
                if hidden.status == 201 and secret.kind in operation.shows:
                    comparison.entered[json.loads(hidden.body)["id"]] = secret.way
    await worlds.work()
    comparison.told = {name: await world.told_to(BARRED) for name, world in worlds.by_name.items()}


async def _restate(comparison: Comparison, operation: Operation, secret: Secret, bureau: BureauCode) -> Answers:
    return await comparison.worlds.ask(bureau, _restated(comparison, operation, secret))


def _restated(comparison: Comparison, operation: Operation, secret: Secret) -> HttpRequest:
    return Guesses(operation, comparison.clues(secret)).restated()


def _one_of_each_kind(secrets: Sequence[Secret]) -> list[Secret]:
    """Return the last secret of each kind."""
    return list({secret.kind: secret for secret in secrets}.values())


def _one_of_each(secrets: Sequence[Secret]) -> list[Secret]:
    """Return for each kind and each way of hiding the first secret."""
    return list({(secret.kind, secret.way): secret for secret in reversed(secrets)}.values())
