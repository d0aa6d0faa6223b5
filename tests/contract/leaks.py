"""Leaks that are injected into services, to check that the tests find them. No service may do what they do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from fastapi import FastAPI, Request, Response

from services.fingerprints.store import FingerprintStore
from services.notices.notice_tables import notices
from services.notices.store import NoticeStore
from services.stolen_vehicles import app
from services.stolen_vehicles.models import Vehicle, VehicleFilter, VehicleQuery
from services.stolen_vehicles.store import VehicleStore, vehicles
from shared.bureaus import BureauCode
from shared.errors import Conflict, NotTheOwner
from shared.identity import Caller
from shared.numbers import VIN, number_of
from shared.people import StatusOfPerson
from shared.records import access, stored_kind
from shared.records.access import Reach
from shared.records.policy import Audience, Record
from shared.records.results import Hits, Page
from shared.service import Context
from shared.web.routing import context_of
from tests.contract.askers import AGREED, BUREAU, EVERYBODY, Asker

_OF_ALL: Final = sa.select(vehicles.c.id, vehicles.c.owner, vehicles.c.vin, vehicles.c.content)

_list, _find, _get, _add = VehicleStore.list, VehicleStore.find, VehicleStore.get_whole, VehicleStore.add
_create_app, _visibility = app.create_app, access.visibility


def _has_vin(query: VehicleQuery) -> sa.ColumnElement[bool]:
    return vehicles.c.vin == (number_of(query.vin, VIN).key if query.vin else None)


async def list_filtered_afterwards(store: VehicleStore, wanted: VehicleFilter) -> Page[Vehicle]:
    """Apply the limit to all records, and only then leave out those that the caller may not see."""
    newest = _OF_ALL.order_by(vehicles.c.id.desc()).limit(wanted.limit)
    taken = {row.id for row in await store.session.fetch(newest, in_thread=True)}
    page = await _list(store, wanted)
    return page.model_copy(update={"items": [record for record in page.items if record.id in taken]})


async def total_of_all(store: VehicleStore, query: VehicleQuery) -> Hits[Vehicle]:
    """Count all matches, including those that the caller may not see."""
    found = await store.session.fetch(_OF_ALL.where(_has_vin(query)), in_thread=True)
    return (await _find(store, query)).model_copy(update={"total": len(found)})


async def refused_by_name(store: VehicleStore, record_id: str) -> Vehicle:
    """Reveal that a hidden record exists and belongs to another bureau."""
    found = await store.session.fetch(_OF_ALL.where(vehicles.c.id == record_id))
    if found and found[0].owner != store.caller.bureau:
        raise NotTheOwner(f"record {record_id} belongs to {found[0].owner}")
    return await _get(store, record_id)


async def entered_once(store: VehicleStore, vehicle: Vehicle) -> Vehicle:
    """Refuse a vehicle that is stored already, even if that record is hidden."""
    if await store.session.fetch(_OF_ALL.where(vehicles.c.vin == store.search_columns(vehicle)["vin"])):
        raise Conflict("this vehicle is on file")
    return await _add(store, vehicle)


async def noted_all(store: VehicleStore, query: VehicleQuery) -> Hits[Vehicle]:
    """Record all matches as disclosed, including those that the caller may not see."""
    for row in await store.session.fetch(_OF_ALL.where(_has_vin(query)), in_thread=True):
        store.caller.recorder.record(Vehicle.model_validate_json(row.content).disclosure("search"))
    return await _find(store, query)


async def numbered_in_order(store: NoticeStore, _year: int, _randbytes: Callable[[int], bytes]) -> int:
    """Assign the next number, which counts hidden notices as well."""
    numbered = sa.select(notices.c.number).where(notices.c.number.is_not(None))
    return len(await store.session.fetch(numbered, in_thread=True)) + 1


async def nothing_hidden(_store: FingerprintStore, _status: StatusOfPerson | None = None) -> set[str]:
    """Let hidden prints be candidates, and leave them out only afterwards."""
    return set()


def with_statistics(context: Context) -> FastAPI:
    """Add an operation that no test names."""
    made = _create_app(context)

    @made.get("/api/stolen-vehicles/statistics/all")
    async def count_vehicles(request: Request, response: Response) -> dict[str, Any]:
        rows = await context_of(request).database.reading.fetch(_OF_ALL, in_thread=True)
        response.headers["X-Records"] = str(len(rows))
        return {}

    return made


def reach_of_a_member(_bureau: BureauCode) -> Reach:
    """Let everybody see what members see, though not what is addressed to others or restricted."""
    return Reach.MEMBERS


def named_partners_alike(caller: Caller, at: datetime) -> dict[str, Any]:
    """Let a partner see what is open to any partner by name."""
    return {**_visibility(caller, at), "visible_name": "%,PARTNER-%"}


def extract_of_all(record: Record, audience: Audience) -> bool:
    """Let a record have an extract whatever binds its readers."""
    return audience is Audience.PUBLIC and bool(record.public_fields)


class Leak(NamedTuple):
    """The replacement of an attribute of a service, the operation that reveals the leak, and the asker."""

    service: str
    target: object
    attribute: str
    leaking: Callable[..., Any]
    found_by: str
    asker: Asker = BUREAU
    is_stored: bool = False
    """Whether the leak is in the rows, so that the stores are to be filled with it."""


LEAKS: Final = {
    "a list that is filtered afterwards": Leak(
        "stolen-vehicles", VehicleStore, "list", list_filtered_afterwards, "GET /api/stolen-vehicles,"
    ),
    "a total of all": Leak("stolen-vehicles", VehicleStore, "find", total_of_all, "GET /api/stolen-vehicles/search,"),
    "a refusal of its own": Leak(
        "stolen-vehicles", VehicleStore, "get_whole", refused_by_name, "GET /api/stolen-vehicles/{record_id},"
    ),
    "a check for duplicates": Leak("stolen-vehicles", VehicleStore, "add", entered_once, "POST /api/stolen-vehicles,"),
    "a note of what was not shown": Leak(
        "stolen-vehicles", VehicleStore, "find", noted_all, "GET /api/stolen-vehicles/audit"
    ),
    "an operation that was added": Leak(
        "stolen-vehicles", app, "create_app", with_statistics, "GET /api/stolen-vehicles/statistics/all,"
    ),
    "numbers in order": Leak("notices", NoticeStore, "give_number", numbered_in_order, "GET /api/notices,"),
    "candidates that take the place of others": Leak(
        "fingerprints", FingerprintStore, "hidden", nothing_hidden, "POST /api/fingerprints/identification,"
    ),
    "a partner with the reach of members": Leak(
        "stolen-vehicles", access, "reach_of", reach_of_a_member, "GET /api/stolen-vehicles/vessels/search,", AGREED
    ),
    "a partner admitted as another": Leak(
        "stolen-vehicles",
        stored_kind,
        "visibility",
        named_partners_alike,
        "GET /api/stolen-vehicles/vessels/search,",
        AGREED,
    ),
    "an extract in spite of conditions": Leak(
        # An asker of its own, as the stores of each are kept for other tests.
        "notices",
        access,
        "_has_extract",
        extract_of_all,
        "GET /api/notices,",
        replace(EVERYBODY),
        is_stored=True,
    ),
    "a public with the reach of members": Leak(
        "notices", access, "reach_of", reach_of_a_member, "GET /api/notices,", EVERYBODY
    ),
}
