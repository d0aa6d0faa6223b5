"""Who has a copy of what a person was cleared of is asked to replace it, or to remove it once the file has ended."""

from typing import Any

import pytest

from services.notices.persons.store import PersonFileStore
from shared.audit.tables import withdrawals
from shared.storage import Database
from tests.conftest import NOW
from tests.services.notices.persons.files import ACQUITTAL, FRAUD, PATH, PENDING, content, entered
from tests.shared.images.files import drawn, saved
from tests.support import ServiceClient, caller, log_readers


async def disclose(database: Database, record: str, *bureaus: str) -> None:
    """Log that bureaus were shown a file, as the bridge does."""
    stored = await PersonFileStore(database.reading, caller("FR"), NOW).get(record)
    await log_readers(database, stored.disclosure("read"), "get_person_file", bureaus, NOW)


async def asked(database: Database) -> set[tuple[str, str]]:
    """Return the bureaus that were asked to do something with their copies, and what."""
    return {(row.bureau, row.act) for row in await database.reading.fetch(withdrawals.select())}


async def correct(service: ServiceClient, record: str, *history: dict[str, Any]) -> None:
    answer = await service.officer("FR").put(f"{PATH}/{record}", json=content(*history))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("history", [(ACQUITTAL, FRAUD), (FRAUD,), ({**PENDING, "law": "311-9"}, FRAUD)])
async def test_who_has_an_entry_that_is_no_longer_shown_is_asked_to_replace_their_copies(
    service: ServiceClient, service_database: Database, history: tuple[dict[str, Any], ...]
) -> None:
    """Be it that the person was cleared of it, that it was taken out, or that it was wrong."""
    record = await entered(service, PENDING, FRAUD)
    await disclose(service_database, record, "DE", "PL")
    await correct(service, record, *history)
    assert await asked(service_database) == {("DE", "corrected"), ("PL", "corrected")}


async def test_a_further_entry_asks_nobody_to_replace_their_copies(
    service: ServiceClient, service_database: Database
) -> None:
    """What they have is still true."""
    record = await entered(service, PENDING)
    await disclose(service_database, record, "DE")
    await correct(service, record, PENDING, FRAUD)
    assert await asked(service_database) == set()


async def test_who_has_a_file_is_asked_to_remove_it_once_the_person_was_cleared_of_all(
    service: ServiceClient, service_database: Database
) -> None:
    record = await entered(service, PENDING)
    await disclose(service_database, record, "DE", "IPSG")
    await correct(service, record, ACQUITTAL)
    assert await asked(service_database) == {("DE", "withdrawn"), ("IPSG", "withdrawn")}


@pytest.mark.thorough
async def test_who_has_a_photograph_that_is_deleted_is_asked_to_replace_their_copies(
    service: ServiceClient, service_database: Database
) -> None:
    """It may show somebody else; a further one asks nobody."""
    record = await entered(service, PENDING)
    france, path = service.officer("FR"), f"{PATH}/{record}/photographs"
    added = await france.post(path, content=saved(drawn()), headers={"Content-Type": "image/jpeg"})
    await disclose(service_database, record, "DE")
    await france.post(path, content=saved(drawn("L")), headers={"Content-Type": "image/jpeg"})
    assert await asked(service_database) == set()
    assert (await france.delete(added.headers["Location"])).status_code == 200
    assert await asked(service_database) == {("DE", "corrected")}


@pytest.mark.parametrize(
    ("before", "after", "asks"),
    [
        ("charged", "suspect", True),
        ("suspect", "witness", True),
        ("suspect", "victim", True),
        ("suspect", "charged", False),
        ("witness", "suspect", False),
        ("witness", "victim", False),
    ],
)
async def test_who_has_a_status_that_accuses_more_is_asked_to_replace_their_copies(
    service: ServiceClient, service_database: Database, before: str, after: str, asks: bool
) -> None:
    """Of the same case: a suspect who turns out to be a witness is none for anybody any more."""
    record = await entered(service, PENDING, person_status=before)
    await disclose(service_database, record, "DE")
    answer = await service.officer("FR").put(f"{PATH}/{record}", json=content(PENDING, person_status=after))
    assert answer.status_code == 200, answer.text
    assert await asked(service_database) == ({("DE", "corrected")} if asks else set())
