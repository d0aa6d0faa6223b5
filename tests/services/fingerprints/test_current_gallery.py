"""A search sees what any process wrote before it, and no record that is hidden from its officer, on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random

import pytest

from services import fingerprints
from services.fingerprints import current_gallery, rules
from services.fingerprints.current_gallery import CurrentGallery
from services.fingerprints.models import FingerprintRecord, IdentificationQuery
from services.fingerprints.store import FingerprintStore
from services.fingerprints.store import prints as kept_prints
from shared.bureaus import BureauCode
from shared.errors import Busy
from shared.identity import Caller
from shared.records.results import Hits
from shared.storage import Database, open_database
from tests.services.fingerprints.samples import NOON, SPAIN, drawn, entered, placed, revision_at, with_prints
from tests.stores import Tables
from tests.support import caller

POLAND = caller("PL")
FINGER, OTHER = 1001, 1002


@pytest.fixture
def store_tables() -> Tables:
    """Return the tables of the service."""
    return fingerprints.SERVICE


@pytest.fixture
def store(database: Database) -> Database:
    return database


@pytest.fixture
async def gallery(store: Database) -> AsyncIterator[CurrentGallery]:
    gallery = CurrentGallery(store)
    yield gallery
    await gallery.close()


async def remember(store: Database, record: FingerprintRecord, prints: dict[int, int]) -> FingerprintRecord:
    taken = {position: drawn(finger) for position, finger in prints.items()}
    record = with_prints(record, taken)
    async with store.writing() as session:
        await FingerprintStore(session, SPAIN, NOON).enrol_many([(record, taken)])
    return record


async def withdraw(store: Database, record: FingerprintRecord) -> None:
    async with store.writing() as session:
        records = FingerprintStore(session, SPAIN, NOON)
        await records.withdraw(rules.withdraw(record, by=SPAIN, revision=revision_at()), await records.take_turn())


async def search(
    gallery: CurrentGallery, store: Database, finger: int, who: Caller = POLAND, **wanted: float
) -> Hits[FingerprintRecord]:
    query = IdentificationQuery.model_validate(wanted)
    records = FingerprintStore(store.reading, who, NOON)
    probe = drawn(finger, impression=1).template
    return await records.hits(await gallery.identify(probe, hidden=records.hidden, finger=query.position), query)


def ids_of(hits: Hits[FingerprintRecord]) -> list[str]:
    return [hit.record.id for hit in hits.hits]


@pytest.mark.both_databases
async def test_a_finger_is_found_as_soon_as_it_is_enrolled(store: Database, gallery: CurrentGallery) -> None:
    """Before, there is no candidate; the owner finds it as other bureaus do."""
    assert await search(gallery, store, FINGER) == Hits(hits=[], total=0)
    record = await remember(store, entered(), {2: FINGER, 7: OTHER})
    for who in (POLAND, SPAIN):
        found = await search(gallery, store, FINGER, who)
        assert (ids_of(found), found.total) == ([record.id], 1)
        assert found.hits[0].match == "finger 2 (right index), at or above the threshold of 0.03: an examiner decides"


async def test_a_record_written_by_another_process_is_found(
    store: Database, gallery: CurrentGallery, database_url: str
) -> None:
    """Replicas and `i247 seed` write to the same store; a gallery that starts later has the record too."""
    await search(gallery, store, FINGER)
    other_process = open_database(database_url)
    record = await remember(other_process, entered(), {2: FINGER})
    assert ids_of(await search(gallery, store, FINGER)) == [record.id]
    replica = CurrentGallery(other_process)
    assert ids_of(await search(replica, other_process, FINGER)) == [record.id]
    await withdraw(other_process, record)
    assert ids_of(await search(gallery, store, FINGER)) == []
    await replica.close()
    await other_process.close()


async def test_a_withdrawn_record_is_no_candidate_even_for_its_owner(store: Database, gallery: CurrentGallery) -> None:
    """With all its fingers, at once."""
    record = await remember(store, entered(), {2: FINGER, 7: OTHER})
    assert ids_of(await search(gallery, store, FINGER)) == [record.id]
    await withdraw(store, record)
    for finger in (FINGER, OTHER):
        assert ids_of(await search(gallery, store, finger, SPAIN)) == []


@pytest.mark.both_databases
@pytest.mark.parametrize("withdrawn", [False, True])
async def test_the_prints_of_a_deleted_record_are_removed_from_every_gallery(
    store: Database, gallery: CurrentGallery, database_url: str, withdrawn: bool
) -> None:
    """Also from those of other processes, before their next search; no table keeps them."""
    record = await remember(store, entered(), {2: FINGER, 7: OTHER})
    other_process = open_database(database_url)
    replica = CurrentGallery(other_process)
    for each, its_store in ((gallery, store), (replica, other_process)):
        assert ids_of(await search(each, its_store, FINGER)) == [record.id]
    if withdrawn:
        await withdraw(store, record)
        record = record.next_version(NOON)
    async with store.writing() as session:
        await FingerprintStore(session, SPAIN, NOON).delete(record, "deleted")
    for each, its_store in ((gallery, store), (replica, other_process)):
        assert ids_of(await search(each, its_store, FINGER)) == []
        assert record.id not in each._gallery
    assert await store.reading.fetch(kept_prints.select()) == []
    await replica.close()
    await other_process.close()


async def test_a_new_print_replaces_the_former_in_the_gallery(store: Database, gallery: CurrentGallery) -> None:
    """The former finds nothing, even in a gallery that had loaded it."""
    record = await remember(store, entered(), {2: FINGER})
    await search(gallery, store, FINGER)
    async with store.writing() as session:
        records = FingerprintStore(session, SPAIN, NOON)
        turn = await records.take_turn()
        changed = rules.enrol(record, drawn(OTHER), placed(2), by=SPAIN, revision=revision_at())
        await records.enrol(changed, drawn(OTHER), 2, turn)
    assert ids_of(await search(gallery, store, FINGER)) == []
    assert ids_of(await search(gallery, store, OTHER)) == [record.id]


async def test_a_barred_bureau_never_sees_the_candidate(store: Database, gallery: CurrentGallery) -> None:
    """Its answer is that of an empty store, even if it asks for every candidate; other bureaus find the record."""
    record = await remember(store, entered(restricted=["PL"]), {2: FINGER})
    assert await search(gallery, store, FINGER, POLAND, least_score=0.01) == Hits(hits=[], total=0)
    shown = (await search(gallery, store, FINGER, caller("DE"))).hits[0].record
    assert (shown.id, shown.restricted) == (record.id, ())


async def test_an_expired_record_is_no_candidate(store: Database, gallery: CurrentGallery) -> None:
    """From the moment at which its retention ends, even for its owner."""
    record = await remember(store, entered(), {2: FINGER})
    probe = drawn(FINGER, impression=1).template
    for at, found in ((record.expires - timedelta(seconds=1), 1), (record.expires, 0)):
        records = FingerprintStore(store.reading, SPAIN, at)
        candidates = await gallery.identify(probe, hidden=records.hidden)
        assert (len(candidates), (await records.hits(candidates, IdentificationQuery())).total) == (found, found)


@pytest.mark.thorough
@pytest.mark.both_databases
async def test_the_right_finger_comes_first_among_a_hundred(store: Database, gallery: CurrentGallery) -> None:
    """Weaker candidates are shown after it, only on request and up to the limit."""
    async with store.writing() as session:
        random = Random(1)  # noqa: S311 - nothing secret is drawn
        await fingerprints.SERVICE.seed(session, random, 50, [BureauCode("FR")], NOON)
    record = await remember(store, entered(), {2: FINGER})
    assert ids_of(await search(gallery, store, FINGER)) == [record.id]
    found = await search(gallery, store, FINGER, least_score=0.01, limit=5)
    assert (ids_of(found)[0], len(found.hits)) == (record.id, 5)
    assert found.total > 5
    assert "below the threshold" in found.hits[1].match


async def test_a_search_can_be_limited_to_one_finger(store: Database, gallery: CurrentGallery) -> None:
    record = await remember(store, entered(), {2: FINGER, 7: OTHER})
    assert ids_of(await search(gallery, store, FINGER, position=2)) == [record.id]
    assert ids_of(await search(gallery, store, FINGER, position=7)) == []


async def test_a_search_that_cannot_wait_for_the_gallery_raises_busy(
    store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loading goes on meanwhile, so that a later search is answered."""
    monkeypatch.setattr(current_gallery, "WARM_AFTER_SECONDS", 0)
    impatient = CurrentGallery(store, wait_seconds=0)
    await impatient._loading
    assert impatient._gallery is None
    await remember(store, entered(), {2: FINGER})
    with pytest.raises(Busy, match="try again later"):
        await search(impatient, store, FINGER)
    await impatient._loading
    assert len(impatient._gallery) == 1
    await impatient.close()


async def test_a_gallery_is_loaded_before_its_first_search(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a restarted service is soon as fast as before."""
    monkeypatch.setattr(current_gallery, "WARM_AFTER_SECONDS", 0)
    await remember(store, entered(), {2: FINGER, 7: OTHER})
    warm = CurrentGallery(store)
    await warm._loading
    assert len(warm._gallery) == 2
    await warm.close()
