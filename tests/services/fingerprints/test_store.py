"""The store of fingerprint records and their images, on both databases."""

import asyncio
from datetime import timedelta
from random import Random

import pytest

from services import fingerprints
from services.fingerprints import rules
from services.fingerprints.models import FingerprintRecord, MediaType, PrintCategory, RecordFilter, RecordStatus
from services.fingerprints.prints import Print
from services.fingerprints.store import FingerprintStore, GalleryChanges
from services.fingerprints.synthetic import synthetic_record
from shared.bureaus import BureauCode
from shared.errors import NotFound
from shared.storage import Database
from tests.services.fingerprints.samples import NOON, SPAIN, drawn, entered, placed, revision_at, with_prints
from tests.stores import Tables
from tests.support import caller

pytestmark = pytest.mark.both_databases

POLAND = caller("PL")


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return fingerprints.SERVICE


@pytest.fixture
def store(database: Database) -> Database:
    return database


async def remember(store: Database, record: FingerprintRecord, **prints: Print) -> FingerprintRecord:
    by_position = {int(name.removeprefix("finger_")): taken for name, taken in prints.items()}
    record = with_prints(record, by_position)
    async with store.writing() as session:
        records = FingerprintStore(session, SPAIN, NOON)
        await (records.enrol_many([(record, by_position)]) if by_position else records.add(record))
    return record


async def enrol(store: Database, record_id: str, taken: Print, position: int) -> None:
    async with store.writing() as session:
        records = FingerprintStore(session, SPAIN, NOON)
        turn = await records.take_turn()
        record = rules.enrol(await records.get(record_id), taken, placed(position), by=SPAIN, revision=revision_at())
        await records.enrol(record, taken, position, turn)


def read_by(store: Database, bureau: str) -> FingerprintStore:
    return FingerprintStore(store.reading, caller(bureau), NOON)


async def test_a_record_and_its_image_are_read_as_they_were_stored(store: Database) -> None:
    """The image is equal byte for byte, and the record lists its prints."""
    image = bytes(range(256)) * 400
    record = await remember(store, entered(), finger_2=drawn(1, image=image), finger_7=drawn(2))
    assert await read_by(store, "PL").get(record.id) == record
    assert await read_by(store, "PL").image(record.id, 2) == (image, MediaType.PNG, "OFFICIAL_USE")


async def test_an_image_that_is_not_kept_and_a_missing_print_have_different_messages(store: Database) -> None:
    """Both are a 404."""
    record = await remember(store, entered(), finger_7=drawn(2))
    with pytest.raises(NotFound, match="only the minutiae are kept"):
        await read_by(store, "PL").image(record.id, 7)
    with pytest.raises(NotFound, match="no print of finger 2"):
        await read_by(store, "PL").image(record.id, 2)


async def test_a_barred_bureau_cannot_read_an_image(store: Database) -> None:
    """It gets the same answer as if the record did not exist."""
    record = await remember(store, entered(restricted=["PL"]), finger_2=drawn(1, image=b"image"))
    with pytest.raises(NotFound, match=r"no record .* that your bureau may see"):
        await read_by(store, "PL").image(record.id, 2)
    assert (await read_by(store, "ES").image(record.id, 2)).content == b"image"


async def test_a_new_print_of_a_finger_replaces_the_former(store: Database) -> None:
    """The former image is deleted, and the gallery gets one more change."""
    record = await remember(store, entered(), finger_2=drawn(1, image=b"former"))
    await enrol(store, record.id, drawn(2, image=b"new"), 2)
    assert (await read_by(store, "PL").image(record.id, 2)).content == b"new"
    changes = GalleryChanges(store.reading)
    assert await changes.last() == 2
    assert [row.template for row in await changes.between(0, 2)] == [drawn(2).template.to_bytes()]
    assert await changes.between(0, 1) == []


async def test_fingers_of_one_record_can_be_enrolled_concurrently(store: Database) -> None:
    """A client may send ten fingers as they are scanned: each waits for the others, and has its own change number."""
    record = await remember(store, entered())
    await asyncio.gather(*(enrol(store, record.id, drawn(position), position) for position in range(1, 6)))
    held = await read_by(store, "PL").get(record.id)
    assert ([held.position for held in held.prints], held.version) == ([1, 2, 3, 4, 5], 6)
    changes = GalleryChanges(store.reading)
    assert await changes.last() == 5
    assert [len(await changes.between(number, number + 1)) for number in range(5)] == [1] * 5


async def test_a_change_that_is_rolled_back_leaves_no_gap_in_the_change_numbers(store: Database) -> None:
    record = await remember(store, entered(), finger_2=drawn(1))
    with pytest.raises(NotFound):
        await enrol(store, revision_at().id, drawn(2), 2)
    assert await GalleryChanges(store.reading).last() == 1
    await enrol(store, record.id, drawn(2), 3)
    assert await GalleryChanges(store.reading).last() == 2


async def test_the_hidden_records_depend_on_the_bureau_and_the_time(store: Database) -> None:
    """They are restricted or expired; a withdrawn record is not searched, and need not be hidden."""
    open_to_all = await remember(store, entered())
    barred = await remember(store, entered(restricted=["PL"]))
    withdrawn = await remember(store, entered(restricted=["PL"]))
    async with store.writing() as session:
        records = FingerprintStore(session, SPAIN, NOON)
        await records.withdraw(rules.withdraw(withdrawn, by=SPAIN, revision=revision_at()), await records.take_turn())
    assert await read_by(store, "PL").hidden() == {barred.id}
    assert await read_by(store, "ES").hidden() == await read_by(store, "DE").hidden() == set()
    later = FingerprintStore(store.reading, SPAIN, NOON + timedelta(days=5 * 365))
    assert await later.hidden() == {open_to_all.id, barred.id}


async def test_a_list_is_filtered_by_owner_category_status_and_reference(store: Database) -> None:
    """A record must pass all filters."""
    found = await remember(store, entered(1, reference="ES-1"))
    portuguese = entered(2, reference="ES-1").model_copy(update={"owner": BureauCode("PT")})
    await remember(store, portuguese)
    await remember(store, entered(3, reference="ES-2"))
    wanted = RecordFilter(
        owner=BureauCode("ES"), category=PrintCategory.CRIMINAL, status=RecordStatus.ACTIVE, reference="ES-1"
    )
    assert (await read_by(store, "PL").list(wanted)).items == [found]
    assert len((await read_by(store, "PL").list(RecordFilter(reference="ES-1"))).items) == 2


def seeded() -> Random:
    return Random(7)  # noqa: S311 - nothing secret is drawn


async def test_synthetic_records_are_the_same_for_the_same_seed(store: Database) -> None:
    """So that measurements and demonstrations can be repeated; each person has prints of both index fingers."""
    owners = [BureauCode("FR"), BureauCode("JP")]
    async with store.writing() as session:
        await fingerprints.SERVICE.seed(session, seeded(), 10, owners, NOON)
    random = seeded()
    again = [synthetic_record(random, random.choice(owners), NOON) for _ in range(10)]
    listed = (await read_by(store, "PL").list(RecordFilter())).items
    assert listed == sorted((record for record, _ in again), key=lambda record: record.id, reverse=True)
    assert [held.position for held in listed[0].prints] == [2, 7]
    templates = {row.template for row in await GalleryChanges(store.reading).between(0, 20)}
    assert templates == {taken.template.to_bytes() for _, prints in again for taken in prints.values()}
