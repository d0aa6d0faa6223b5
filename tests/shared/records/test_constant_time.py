"""An exact look-up takes as many steps for a record hidden from the caller as for one that does not exist.

Counted in steps of SQLite's virtual machine: a clock would measure the computer that runs the test.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import pytest
import sqlalchemy as sa

from services import SERVICES, fingerprints, notices, stolen_vehicles
from services.fingerprints.models import RecordFilter
from services.fingerprints.store import FingerprintStore, prints
from services.notices.queries import NoticeFilter
from services.notices.store import NoticeStore
from services.stolen_vehicles import synthetic
from services.stolen_vehicles.models import VehicleQuery
from services.stolen_vehicles.store import VehicleStore, vehicles
from shared.audit.found_leaves import FoundLeaves
from shared.audit.models import LeafQuery
from shared.audit.queries import LeafStore
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.errors import NotFound
from shared.records.results import Hits, Page, RecordPageQuery
from shared.records.store import RecordStore
from shared.service import Service
from shared.storage import Database, open_database
from tests.conftest import NOW, store_of
from tests.shared.audit.logged_service import LoggedService, metadata, record
from tests.support import caller

KINDS = [(service, store) for service in SERVICES for store in service.metadata.info["stores"]]
POLAND = caller("PL")
# The row may be excluded one condition earlier or later; to read a row and check its visibility takes twelve steps.
FEW_STEPS = 6
# Where a hidden row is read by another statement than those that are read in its place: one row more takes 65.
STEPS_OF_A_ROW = 40
# Where the country is not stated: to find in the index that no other country follows.
STEPS_OF_A_KEY = 50


async def fill(service: Service, database: Database) -> None:
    """Enter records that every bureau may see."""
    random = Random(1)  # noqa: S311 - nothing secret is drawn
    async with database.writing() as session:
        await service.seed(session, random, 40, [BureauCode("FR")], NOW)
        for store in service.metadata.info["stores"]:
            await session.execute(sa.update(store.table).values(reach=0))


async def restrict(database: Database, table: sa.Table, record_id: str) -> None:
    """Bar Poland from a record."""
    async with database.writing() as session:
        await session.execute(sa.update(table).where(table.c.id == record_id).values(restricted=",PL,"))


async def steps_of(database: Database, look_up: Callable[[], Awaitable[Any]]) -> int:
    """Return the steps of a look-up without a result, when it is repeated."""
    reading: Any = database.reading
    connection = reading._connection.connection.dbapi_connection
    fetch = reading.fetch
    # In a thread another connection would be used.
    reading.fetch = lambda statement, *parameters, **_: fetch(statement, *parameters)
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    for handler in (None, count):
        connection.set_progress_handler(handler, 1)
        with suppress(NotFound):
            assert not _anything_in(await look_up())
    connection.set_progress_handler(None, 1)
    reading.fetch = fetch
    return steps


def _anything_in(answer: Hits[Any] | Page[Any] | FoundLeaves | Sequence[Any]) -> bool:
    if isinstance(answer, FoundLeaves):
        return bool(answer.leaves)
    found = getattr(answer, "hits", getattr(answer, "items", answer))
    return bool(found) or bool(getattr(answer, "near", ()))


async def assert_even(database: Database, *look_ups: Callable[[], Awaitable[Any]]) -> None:
    """Assert that look-ups take the same number of steps, within a small tolerance."""
    steps = [await steps_of(database, look_up) for look_up in look_ups]
    assert max(steps) - min(steps) <= FEW_STEPS


@pytest.fixture(autouse=True)
def _several_vessels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw several among the few vehicles."""
    monkeypatch.setattr(synthetic, "VEHICLES_TO_A_VESSEL", 4)


@pytest.fixture(params=[0, -1], ids=["first", "last"])
def place(request: pytest.FixtureRequest) -> int:
    """Return the position of the hidden record in the order of the look-up key."""
    place: int = request.param
    return place


@pytest.mark.parametrize(("service", "store"), KINDS, ids=lambda of: getattr(of, "__name__", ""))
async def test_a_look_up_by_id_takes_the_same_steps_for_a_hidden_and_a_missing_record(
    service: Service, store: type[RecordStore[Any]], place: int, tmp_path: Path
) -> None:
    """For every kind of record, whether the hidden one is the oldest or the newest."""
    async with store_of(service, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(service, database)
        ids = [
            row.id
            for row in await database.reading.fetch(
                sa.select(store.table.c.id).order_by(store.table.c.id), in_thread=True
            )
        ]
        hidden, shown = ids[place], ids[len(ids) // 2]
        await restrict(database, store.table, hidden)
        records = store(database.reading, POLAND, NOW)
        before, after = (str(UUID(int=UUID(hidden).int + step)) for step in (-1, 1))
        await assert_even(database, *(partial(records.get, sought) for sought in (hidden, before, after)))
        assert (await records.get(shown)).id == shown


async def test_a_look_up_by_number_takes_the_same_steps_for_a_hidden_and_a_missing_vehicle(
    place: int, tmp_path: Path
) -> None:
    """Repeated queries would otherwise reveal that a number is on file."""
    async with store_of(stolen_vehicles.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(stolen_vehicles.SERVICE, database)
        store = VehicleStore(database.reading, POLAND, NOW)
        for key in ("vin", "engine_number"):
            column = vehicles.c[key]
            rows = await database.reading.fetch(sa.select(vehicles.c.id, column.label("key")).order_by(column))
            await restrict(database, vehicles, rows[place].id)
            queries = [
                VehicleQuery.model_validate({key: sought})
                for sought in (rows[place].key, f"{rows[place].key[:-1]}0X", "Z" * 17)
            ]
            await assert_even(database, *(partial(store.find, query) for query in queries))
            assert (await store.find(VehicleQuery.model_validate({key: rows[5].key}))).total == 1


async def test_a_batch_takes_the_same_steps_for_a_hidden_and_a_missing_vehicle(place: int, tmp_path: Path) -> None:
    """Whether it has one line or several."""
    async with store_of(stolen_vehicles.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(stolen_vehicles.SERVICE, database)
        store = VehicleStore(database.reading, POLAND, NOW)
        rows = await database.reading.fetch(sa.select(vehicles.c.id, vehicles.c.vin).order_by(vehicles.c.vin))
        await restrict(database, vehicles, rows[place].id)
        for others in ([], ["A1", "B2", "C3"]):
            look_ups = [
                partial(store.which_may_find, [VehicleQuery(vin=vin) for vin in (*others, sought)])
                for sought in (rows[place].vin, f"{rows[place].vin[:-1]}0X", "Z" * 17)
            ]
            steps = [await steps_of(database, look_up) for look_up in look_ups]
            assert max(steps) - min(steps) <= STEPS_OF_A_ROW


async def test_a_search_of_what_is_near_takes_the_same_steps_for_a_hidden_and_a_missing_vehicle(
    place: int, tmp_path: Path
) -> None:
    """In whichever column, with a number of another country, and with unknown signs."""
    async with store_of(stolen_vehicles.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(stolen_vehicles.SERVICE, database)
        store = VehicleStore(database.reading, POLAND, NOW)
        rows = await database.reading.fetch(sa.select(vehicles.c.id, vehicles.c.vin, vehicles.c.plate))
        hidden = sorted(rows, key=lambda row: str(row.vin))[place]
        plate, _, country = hidden.plate.partition(":")
        await restrict(database, vehicles, hidden.id)
        asked = (
            {"vin": f"{hidden.vin[:-1]}X"},
            {"plate": f"{plate[:-1]}X", "country": country},
            {"plate": plate, "country": "BE"},
            {"plate": f"{plate[:-1]}X"},
            {"plate": f"{plate[:-1]}?"},
            {"vin": f"{hidden.vin[:-2]}*"},
            {"vin": hidden.vin[-8:]},
        )
        searches = [partial(store.find, VehicleQuery.model_validate({**each, "near": True})) for each in asked]
        there = [await steps_of(database, search) for search in searches]
        async with database.writing() as session:
            others = {"vin": f"{hidden.vin}QQ", "plate": f"{plate}QQ:{country}"}
            ends = {f"{name}_end": number.partition(":")[0][:-9:-1] for name, number in others.items()}
            await session.execute(sa.update(vehicles).where(vehicles.c.id == hidden.id).values(**others, **ends))
        missing = [await steps_of(database, search) for search in searches]
        allowed = [STEPS_OF_A_ROW + STEPS_OF_A_KEY * (each == asked[3]) for each in asked]
        differences = [abs(one - other) for one, other in zip(there, missing, strict=True)]
        assert [difference <= most for difference, most in zip(differences, allowed, strict=True)] == [True] * 7, (
            differences
        )


class ExactFilter(NamedTuple):
    """A list filter that selects a single record, with values that no record has: below and above all others."""

    service: Service
    store: Any
    query: type[RecordPageQuery]
    name: str
    absent: Sequence[str]


EXACT_FILTERS = (
    ExactFilter(notices.SERVICE, NoticeStore, NoticeFilter, "number", ("2026/1", "9999/9")),
    ExactFilter(fingerprints.SERVICE, FingerprintStore, RecordFilter, "reference", ("A", "~")),
)


@pytest.mark.thorough
@pytest.mark.parametrize("exact", EXACT_FILTERS, ids=lambda exact: exact.name)
async def test_a_list_by_a_unique_key_takes_the_same_steps_for_a_hidden_and_a_missing_record(
    exact: ExactFilter, place: int, tmp_path: Path
) -> None:
    """Such a filter is one look-up by a key, as a search is."""
    async with store_of(exact.service, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(exact.service, database)
        table = exact.store.table
        column = table.c[exact.name]
        keyed = sa.select(table.c.id, column.label("key")).where(column.is_not(None)).order_by(column)
        rows = await database.reading.fetch(keyed)
        await restrict(database, table, rows[place].id)
        records = exact.store(database.reading, POLAND, NOW)
        for others in ({}, {"owner": "FR"}, {"after": "ffffffff-ffff-7fff-bfff-ffffffffffff"}):
            wanted = [
                exact.query.model_validate({exact.name: sought, **others})
                for sought in (rows[place].key, *exact.absent)
            ]
            await assert_even(database, *(partial(records.list, each) for each in wanted))
            shown = await records.list(exact.query.model_validate({exact.name: rows[5].key, **others}))
            assert [record.id for record in shown.items] == [rows[5].id]


async def test_a_look_up_of_a_print_takes_the_same_steps_for_a_hidden_and_a_missing_record(
    place: int, tmp_path: Path
) -> None:
    """The record is looked up first, and its prints only for a caller who may see it."""
    async with store_of(fingerprints.SERVICE, f"sqlite:///{tmp_path / 'store.db'}") as database:
        await fill(fingerprints.SERVICE, database)
        rows = await database.reading.fetch(sa.select(prints).order_by(prints.c.record_id))
        hidden, shown = rows[place], rows[len(rows) // 2]
        await restrict(database, FingerprintStore.table, hidden.record_id)
        records = FingerprintStore(database.reading, POLAND, NOW)
        absent = str(UUID(int=UUID(hidden.record_id).int - 1))
        sought = [partial(records.image, record, hidden.position) for record in (hidden.record_id, absent)]
        await assert_even(database, *sought)
        with pytest.raises(NotFound, match="only the minutiae are kept"):
            await records.image(shown.record_id, shown.position)


async def test_an_audit_log_query_takes_the_same_steps_however_often_a_record_was_shown(
    tmp_path: Path, clock: FixedClock
) -> None:
    """Otherwise a bureau that is barred from a record it saw could tell that it exists, as its disclosures grow."""
    database = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    await database.run_sync(metadata.create_all)
    service = LoggedService(database, clock)
    never_shown, often_shown, later = (record("FR", number=number) for number in (1, 2, 3))
    for shown in (*[often_shown] * 50, later, record("PL", number=4)):
        await service.answer("DE", shown)
    leaves = LeafStore(database.reading, POLAND.bureau)
    sought = [LeafQuery(record=shown.record) for shown in (never_shown, often_shown)]
    await assert_even(database, *(partial(leaves.page, each) for each in sought))
    assert len((await leaves.page(LeafQuery(record=record("PL", number=4).record))).leaves) == 1
    await service.log.close()
    await database.close()
