"""Why a search did not find: nothing shows of a record that the caller may not see (RPD article 58).

Worlds that differ only in hidden records are asked the same, as in `test_restriction`, which asks these operations too;
here by searches that come near to each hidden record, and where few records are compared, so that one could displace
another.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from itertools import product
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
import sqlalchemy as sa
from pydantic import BaseModel, ValidationError

from services import SERVICES, stolen_vehicles
from shared.clock import FixedClock
from shared.protocol.http import HttpRequest
from shared.records.search import near_misses
from shared.records.search.searchable_store import SearchableStore
from shared.service import Context, Service, in_sandbox
from tests.conftest import NOW, store_of
from tests.contract.askers import AGREED, ASKERS, BUREAU, EVERYBODY, OWNER, Asker
from tests.contract.comparison import Comparison, operations_in
from tests.contract.guessed_requests import Clues, questions
from tests.contract.hidden_records import Secret
from tests.contract.noninterference import Worlds, worlds_of
from tests.contract.operations import Operation
from tests.extent import by_extent

COMPARED: Final = 12
RECORDS: Final = 25
DOCUMENTED: Final = Context(None, FixedClock(NOW))

Searched = SearchableStore[Any, Any]


def asked(asker: Asker, service: Service) -> Any:
    """Return a service and who asks it, as a parameter; in a fast run all services are asked by a bureau alone."""
    marks = [] if asker is BUREAU else [pytest.mark.thorough]
    return pytest.param((asker, service), id=f"{service.name}-{asker}", marks=marks)


@pytest.fixture(scope="module", params=[asked(*each) for each in product(ASKERS, SERVICES)])
def comparison(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    """Ask what searches near hidden records did not find."""
    asker, service = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_misses, "MAX_COMPARED", COMPARED)
        yield asyncio.run(compared(worlds_of(service, tmp_path_factory.mktemp("worlds"), asker), service, asker))


async def compared(opening: AbstractAsyncContextManager[Worlds], service: Service, asker: Asker) -> Comparison:
    """Send searches near each secret to the operations that show near misses."""
    async with opening as worlds:
        comparison = Comparison(worlds, [each for each in operations_in(worlds.without.app) if is_of_misses(each)])
        secrets = some_of_each_kind(worlds.secrets, by_extent(6, 40))
        for operation in comparison.operations:
            for wording in asker.wordings(operation, service):
                drawn = questions(wording, [comparison.clues(each) for each in secrets], by_extent(2, 10))
                for secret, requests in zip(secrets, drawn, strict=True):
                    for each in (*requests, misspelt(requests[0])):
                        await comparison.ask(operation, secret, each)
        received = {name: await world.received_by(asker.code) for name, world in worlds.by_name.items()}
        comparison.received = received
        return comparison


def some_of_each_kind(secrets: Sequence[Secret], count: int) -> list[Secret]:
    """Return so many secrets of each kind."""
    kinds = dict.fromkeys(secret.kind for secret in secrets)
    return [each for kind in kinds for each in [secret for secret in secrets if secret.kind == kind][:count]]


def misspelt(request: HttpRequest) -> HttpRequest:
    """Return a search for the longest value alone, with another sign at its end."""
    path, _, query = request.target.partition("?")
    asked = dict(parse_qsl(query))
    if not asked:
        return request
    longest = max(asked, key=lambda name: len(asked[name]))
    wrong = asked[longest][:-1] + ("8" if asked[longest].endswith("7") else "7")
    return msgspec.structs.replace(request, target=f"{path}?{urlencode({longest: wrong})}")


def is_of_misses(operation: Operation) -> bool:
    """Return whether an operation shows near misses."""
    return operation.path.endswith(near_misses.PATH)


@pytest.mark.thorough
def test_a_hidden_record_changes_no_byte_of_what_was_nearly_found(comparison: Comparison) -> None:
    """Status, headers and body are equal with it and without it, whichever way it is hidden."""
    assert comparison.differences == [], "\n\n".join(comparison.differences)
    assert comparison.named == [], "\n\n".join(comparison.named)


@pytest.mark.thorough
def test_a_record_that_is_not_hidden_is_shown(comparison: Comparison) -> None:
    """The same searches come near to the records where they are open, so that the comparison could find a leak."""
    assert comparison.operations
    reached = {operation for (operation, _), times in comparison.reached.items() if times}
    if comparison.worlds.asker is not EVERYBODY:
        assert reached == {str(each) for each in comparison.operations}


@pytest.mark.thorough
def test_what_is_shown_is_disclosed_as_in_a_list(comparison: Comparison) -> None:
    """The audit log has each record, and nobody is notified as of a hit; of hidden ones it has nothing."""
    assert comparison.received["hidden"] == comparison.received["without"]
    shown = [line for line in comparison.received["open"] if "'list'" in line]
    assert bool(shown) is (comparison.worlds.asker in {BUREAU, AGREED} or bool(comparison.reached.total()))
    assert not [line for line in comparison.received["open"] if "'search'" in line]


@pytest.mark.thorough
def test_an_injected_leak_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If hidden records were compared too, the same searches would show it."""
    opening = worlds_of(stolen_vehicles.SERVICE, tmp_path)
    monkeypatch.setattr(near_misses, "visible", lambda _table: sa.true())
    assert asyncio.run(compared(opening, stolen_vehicles.SERVICE, BUREAU)).differences


@pytest.mark.thorough
def test_no_other_mesh_has_these_operations() -> None:
    """They show records that nobody searched for."""
    for service in SERVICES:
        assert not [each for each in operations_in(service.create_app(DOCUMENTED)) if is_of_misses(each)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_a_record_is_a_hit_exactly_if_nothing_kept_it_out(service: Service, tmp_path: Path) -> None:
    """What explains a search agrees with what decides it, for searches that are near to a record or meet it."""
    decided = {True: 0, False: 0}
    async for kind, content in records_of(service, tmp_path):
        record = kind.model.of_json(content)
        for query in queries_near(service, kind, content):
            is_hit = kind.match(record, query, NOW) is not None
            assert all(each.is_met for each in kind.compare(record, query, NOW)) is is_hit, (query, content)
            decided[is_hit] += 1
    if any(issubclass(kind, SearchableStore) for kind in service.metadata.info["stores"]):
        assert min(decided.values()) > RECORDS // 5, decided


async def records_of(service: Service, folder: Path) -> AsyncIterator[tuple[type[Searched], str]]:
    """Yield synthetic records of each kind whose searches need only the store."""
    async with store_of(service, f"sqlite:///{folder}/store.db") as database, database.writing() as session:
        await service.seed(session, Random(7), RECORDS, (OWNER,), NOW)  # noqa: S311 - nothing secret is drawn
        for kind in service.metadata.info["stores"]:
            if issubclass(kind, SearchableStore):
                for row in await session.fetch(sa.select(kind.table.c.content), in_thread=True):
                    yield kind, row.content


def queries_near(service: Service, kind: type[Searched], content: str) -> Iterator[BaseModel]:
    """Yield searches that are drawn from the content of a record, without its reference."""
    path = f"{kind.path()}search{near_misses.PATH}"
    operations = operations_in(in_sandbox([service])[0].create_app(DOCUMENTED))
    [operation] = [each for each in operations if each.path == path]
    [drawn] = questions(operation, [Clues(json.loads(content), (), ())], by_extent(3, 20))
    for request in (*drawn, *map(misspelt, drawn)):
        asked = dict(parse_qsl(request.target.partition("?")[2]))
        asked.pop("reference", None)
        # Some fields are asked together alone, such as the issuer and the number of a document.
        for each in (
            asked,
            *({**asked, name: f"{value[:-1]}7"} for name, value in asked.items() if not value.endswith("7")),
        ):
            with suppress(ValidationError):
                yield kind.query.model_validate(each)
