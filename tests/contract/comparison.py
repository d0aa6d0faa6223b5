"""Sends the same requests to every operation in all worlds, and records where a hidden record makes a difference."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from pydantic import ValidationError

from shared.bureaus import SECRETARIAT, BureauCode
from shared.protocol.http import HttpRequest, HttpResponse
from shared.records.rules import input_of
from shared.service import Service
from tests.contract.askers import BUREAU, BYSTANDER, NEVER, OWNER, Asker
from tests.contract.guessed_requests import Clues, Guesses, questions
from tests.contract.hidden_records import Secret
from tests.contract.noninterference import Answers, Worlds, worlds_of
from tests.contract.operations import Operation, operations_of
from tests.extent import by_extent

UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
UNKNOWN_ID: Final = "0197a3c2-5b1e-7c3a-9f20-4d5e6f708192"
LAST: Final = "ffffffff-ffff-7fff-bfff-ffffffffffff"
# Number of requests about a record to each search, and the greatest number to any other operation.
SEARCHES: Final = 3
ATTEMPTS: Final = by_extent(1, 2)
# Number of records that an operation is asked about that refuses the asker whatever is asked.
REFUSED: Final = 2
# Hashes and signatures: their input is salted, so that they reveal nothing and differ with every request.
OPAQUE: Final = re.compile(rb"(?<![\w+/-])[\w+/-]{43,}=*")
# The slot of a record in the tree of its leaf is chosen by a hash of its tag. The tag counts the disclosures of the
# owner's records, including hidden ones, under a key that the owner alone has: neither tag nor slot reveals the count.
SLOT: Final = re.compile(rb'(?<=\\"slot\\":) ?\d+')


def never(_comparison: object) -> bool:
    """Return that the comparison must go on."""
    return False


@dataclass
class Comparison:
    """The results of a comparison."""

    worlds: Worlds
    operations: list[Operation] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    """Requests of the asker that get another answer if there is a hidden record."""

    named: list[str] = field(default_factory=list)
    """Requests of the asker whose answer names a hidden record that the request did not name."""

    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often an operation would have revealed a record, by the way in which that was hidden."""

    received: dict[str, list[str]] = field(default_factory=dict)
    """Disclosures, notifications and saved searches of the asker in each world."""

    entered: dict[str, str] = field(default_factory=dict)
    """Records that were entered in the end in all worlds, and the way in which the similar record is hidden."""

    returned_ids: dict[str, None] = field(default_factory=dict)
    """The ids in answers, in order: of records entered, leaves and subscriptions."""

    @property
    def secret_ids(self) -> set[str]:
        """The ids of all hidden records."""
        return {secret.id for secret in self.worlds.secrets}

    @cached_property
    def showing(self) -> set[str]:
        """The operations that answer the asker records of kinds of which some are hidden, except those that enter one.

        A kind that is never open to the asker is not answered. Nor is a print that the bureau kept before, which no
        guess has kept of each secret: another operation seeks its image. Lists of one's own records show no other.
        """
        kinds = {secret.kind for secret in self.worlds.secrets if secret.way != NEVER}
        answering = (each for each in self.usable if each.shows & kinds and "200" in each.stated["responses"])
        return {str(each) for each in answering if "{print_id}" not in each.path and not each.path.endswith("/own")}

    @cached_property
    def usable(self) -> list[Operation]:
        """The operations that the kind of the asker may use."""
        return [each for each in self.operations if self.worlds.asker.may_use(each)]

    @cached_property
    def searching(self) -> list[Operation]:
        """Those operations that answer records without being given their ids."""
        return [each for each in self.operations if str(each) in self.showing and "{" not in each.path]

    def clues(self, secret: Secret) -> Clues:
        """Return what can be known of a secret: its whole content, and the ids of other records."""
        others = [each.id for each in self.worlds.secrets if each is not secret][:4]
        ids = (*self.worlds.known[:8], *self.returned_ids, *others, UNKNOWN_ID, LAST)
        return Clues(secret.content, ids, secret.images)

    async def ask(self, operation: Operation, secret: Secret, request: HttpRequest) -> bool:
        """Send a request as the asker; return whether it reached a record or needs no better guess."""
        without, hidden, opened = await self.worlds.ask(self.worlds.asker.code, request)
        self.returned_ids |= dict.fromkeys(UUID.findall(without.body.decode("latin-1")))
        question = f"{operation}, of a record hidden by {secret.way}: {request.target} {request.body!r}"
        if _seen(without) != _seen(hidden):
            self.differences.append(f"{question}\nwithout it: {without}\nwith it: {hidden}")
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


def compare(
    service: Service,
    folder: Path,
    times: int,
    asker: Asker = BUREAU,
    *,
    enough: Callable[[Comparison], bool] = never,
) -> Comparison:
    """Send requests about records to each operation, and about other records after the background jobs have run."""
    return asyncio.run(_compare(worlds_of(service, folder, asker), times, enough))


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
    """Return the operations of an application, cached by its routes: its document takes long to generate."""
    routes = tuple(str(route) for route in app.routes)
    if routes not in _documents:
        _documents[routes] = operations_of(app.openapi())
    return _documents[routes]


_documents: Final[dict[tuple[str, ...], list[Operation]]] = {}


async def ask_about(comparison: Comparison, operation: Operation, some: slice) -> None:
    """Send requests about some secrets to one operation, as the asker."""
    secrets = comparison.worlds.secrets
    of_kind = [secret for secret in secrets if secret.kind in operation.shows] or secrets
    about = of_kind[some] if comparison.worlds.asker.may_use(operation) else of_kind[some][:REFUSED]
    searched = operation in comparison.searching
    clues = [comparison.clues(secret) for secret in about]
    for narrowed in comparison.worlds.asker.wordings(operation, comparison.worlds.service):
        asked = questions(narrowed, clues, SEARCHES if searched else ATTEMPTS)
        for secret, requests in zip(about, asked, strict=True):
            for request in requests:
                if await comparison.ask(operation, secret, request) and not searched:
                    break


async def _before(comparison: Comparison) -> None:
    """Read secrets as the owner and as another bureau, and delete one of each kind as the owner."""
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
    """Enter a record of each kind as the asker, review it as the Secretariat, and read it."""
    asker = comparison.worlds.asker.code
    for secret in _one_of_each_kind(comparison.worlds.secrets):
        entered = secret
        for operation in comparison.operations:
            if operation.method == "POST" and secret.kind in operation.shows:
                for bureau in (asker, SECRETARIAT) if "{" in operation.path else (asker,):
                    answer, *_ = await _restate(comparison, operation, entered, bureau)
                    if answer.status == 201 and entered is secret:
                        entered = replace(secret, content={**secret.content, "id": json.loads(answer.body)["id"]})
        for operation in comparison.operations:
            if operation.method == "GET" and secret.kind in operation.shows:
                await comparison.ask(operation, entered, _restated(comparison, operation, entered))


async def _after(comparison: Comparison) -> None:
    """Change secrets and enter similar records as the owner, of which earlier searches may be notified."""
    worlds = comparison.worlds
    for secret in _one_of_each(worlds.secrets):
        for operation in comparison.operations:
            if operation.method in {"POST", "PUT"} and not operation.scope.endswith(":read"):
                similar = secret if "{" in operation.path else _without_identifiers(worlds.service, secret)
                _, hidden, _ = await _restate(comparison, operation, similar, OWNER)
                if hidden.status == 201 and secret.kind in operation.shows:
                    comparison.entered[json.loads(hidden.body)["id"]] = secret.way
    await worlds.work()
    comparison.received = {name: await world.received_by(worlds.asker.code) for name, world in worlds.by_name.items()}


def _without_identifiers(service: Service, secret: Secret) -> Secret:
    """Return what resembles a secret but for the numbers that its owner enters once, such as a VIN.

    Of a kind with no other numbers what belongs to the number is changed, such as the type of a document.
    """
    [kind] = [store for store in service.metadata.info["stores"] if store.answer.__name__ == secret.kind]
    similar = {**secret.content, **dict.fromkeys(getattr(kind, "identifying", ()))}
    try:
        input_of(kind.model).model_validate(_entry_in(kind, similar))
    except ValidationError:
        similar = next(_identified_otherwise(kind, secret.content), similar)
    return replace(secret, content=similar)


def _entry_in(kind: Any, content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in input_of(kind.model).model_fields if name in content}


def _identified_otherwise(kind: Any, content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield contents with another code in one member, by which the thing is another one with the same number."""
    before = kind.identifiers(kind.model.model_validate(content))
    for name, member in kind.model.model_fields.items():
        is_code = isinstance(member.annotation, type) and issubclass(member.annotation, StrEnum)
        # A listed word, such as a make, may be unknown.
        codes = [*member.annotation] if is_code else ["Unknown"] if name == "make" else []
        for code in codes:
            other = {**content, name: str(code)}
            if kind.identifiers(kind.model.model_validate(other)) != before:
                yield other


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
