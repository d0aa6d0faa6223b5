"""What a witness stores, on both kinds of databases."""

import msgspec
import pytest

from gateway.witness.rules import Fault
from gateway.witness.store import MAX_OF_A_KIND, AlarmEvidence, WitnessStore
from gateway.witness.tables import TABLES
from gateway.witness.watching import Witness
from shared.bureaus import BureauCode
from shared.crypto.signed_note import MAX_NOTE, Checkpoint, Note, Signature, log_name
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.quotas import Quotas
from shared.storage import Database
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.mesh import Mesh
from tests.stores import Tables

pytestmark = pytest.mark.both_databases


@pytest.fixture
def store_tables() -> Tables:
    """Return the witness tables of a mailbox."""
    return (TABLES,)


@pytest.fixture
def mailbox(database: Database) -> Database:
    """Return the store of a mailbox."""
    return database


async def moved(mailbox: Database, before: int | None, size: int) -> bool:
    note = None if before is None else f"note {before}"
    async with mailbox.writing() as session:
        return await WitnessStore(session).move("things", before=note, size=size, note=f"note {size}", at=size)


def evidence(fault: Fault = Fault.FORKED, seen_size: int = 5, at: int = 1_000) -> AlarmEvidence:
    return AlarmEvidence(service="things", fault=fault, says="why", seen_size=seen_size, seen="a", shown="b", at=at)


async def accused(mailbox: Database, found: AlarmEvidence) -> bool:
    async with mailbox.writing() as session:
        return await WitnessStore(session).raise_alarm(found)


async def test_the_last_checkpoint_seen_is_stored(mailbox: Database) -> None:
    """For each log separately."""
    store = WitnessStore(mailbox.reading)
    assert await store.seen("things") is None
    assert await moved(mailbox, None, 3)
    assert await moved(mailbox, 3, 7)
    assert (await store.seen("things"), await store.seen("others")) == ("note 7", None)


def note(log: int, size: int) -> Note:
    return Note(Checkpoint(log_name("things", log), size, bytes(32)).text, (Signature("i247/things", bytes(4), b"x"),))


async def test_a_new_log_replaces_the_checkpoint_seen_with_that_of_the_kept_part(mailbox: Database) -> None:
    """Unless another one was seen meanwhile; checkpoints of logs before the affected ones stay."""
    store = WitnessStore(mailbox.reading)
    assert await moved(mailbox, None, 7)
    steps = [
        ("note 7", [note(0, 3), note(1, 1)], 0, True),
        ("note 7", [note(2, 1)], 0, False),
        (note(1, 1).written, [note(1, 1), note(2, 1)], 1, True),
        (note(2, 1).written, [note(3, 1)], 2, True),
    ]
    for before, notes, lowest, is_noted in steps:
        async with mailbox.writing() as session:
            noted = await WitnessStore(session).begin_new("things", before, notes, lowest=lowest, at=9)
        assert noted == is_noted
    assert await store.seen_of_all("things") == [note(3, 1).written, note(1, 1).written, note(0, 3).written]


async def test_a_step_from_another_checkpoint_than_the_last_is_refused(mailbox: Database) -> None:
    """Of two gateway processes that saw a fork, the later one cannot cosign."""
    assert await moved(mailbox, None, 3)
    assert not await moved(mailbox, None, 4)
    assert await moved(mailbox, 3, 5)
    assert not await moved(mailbox, 3, 9)
    assert await WitnessStore(mailbox.reading).seen("things") == "note 5"


async def test_the_first_evidence_is_stored_and_repetitions_are_counted(mailbox: Database) -> None:
    """A log that lies every second must not fill the mailbox."""
    assert await accused(mailbox, evidence(at=1_000))
    assert not await accused(mailbox, evidence(at=2_000))
    assert await accused(mailbox, evidence(Fault.SHRUNK, at=3_000))
    assert await accused(mailbox, evidence(seen_size=6, at=4_000))
    found = await WitnessStore(mailbox.reading).alarms(2**53, 10)
    assert [
        (each.evidence.fault, each.evidence.seen_size, each.evidence.at, each.last, each.times) for each in found
    ] == [
        (Fault.FORKED, 6, 4_000, 4_000, 1),
        (Fault.SHRUNK, 5, 3_000, 3_000, 1),
        (Fault.FORKED, 5, 1_000, 2_000, 2),
    ]


async def test_the_number_of_alarms_of_one_kind_is_limited(mailbox: Database) -> None:
    """A log that grows between its lies contradicts another checkpoint each time."""
    for size in range(MAX_OF_A_KIND):
        assert await accused(mailbox, evidence(seen_size=size, at=size))
    for at in (100, 101):
        assert not await accused(mailbox, evidence(seen_size=at, at=at))
    assert not await accused(mailbox, evidence(seen_size=3, at=102))
    assert await accused(mailbox, evidence(Fault.SHRUNK, seen_size=100, at=103))
    of_kind = {each.evidence.seen_size: each for each in await WitnessStore(mailbox.reading).alarms(2**53, 100)}
    assert len(of_kind) == MAX_OF_A_KIND + 1
    newest = of_kind[MAX_OF_A_KIND - 1]
    assert [(each.last, each.times) for each in (newest, of_kind[3])] == [(101, 3), (102, 2)]


async def test_evidence_with_control_characters_or_of_excessive_length_is_stored(mailbox: Database, mesh: Mesh) -> None:
    """Escaped, and cut at the longest valid checkpoint."""
    service, echo = FakeService(), Echo()
    await mesh.serve(service, echo)
    echo.body = msgspec.json.encode({"checkpoint": "i247/echo\0\x1b[2J\n3\n" + "x" * 500_000})
    keeping = Mailbox("DE", mailbox, mesh.clock, mesh.log, Quotas())
    await Witness(keeping, mesh.bureaus[BureauCode("DE")]).look(service.name)
    [alarm] = await WitnessStore(mailbox.reading).alarms(2**53, 10)
    assert alarm.evidence.fault is Fault.UNREADABLE
    assert alarm.evidence.shown.startswith("i247/echo\\x00\\x1b[2J\n3\nxxx")
    assert len(alarm.evidence.shown) == MAX_NOTE


async def test_alarms_are_listed_in_pages_newest_first(mailbox: Database) -> None:
    for size in range(3):
        await accused(mailbox, evidence(seen_size=size))
    store = WitnessStore(mailbox.reading)
    first = await store.alarms(2**53, 2)
    assert [each.evidence.seen_size for each in first] == [2, 1]
    assert [each.evidence.seen_size for each in await store.alarms(first[-1].number, 2)] == [0]
