"""Bureaus and services compare the heads of the directory that they have: the Secretariat shows one no other unseen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from gateway.edge.health import NOBODY
from gateway.monitoring.pings import Pings
from gateway.witness.directory_rules import GRACE_SECONDS, Finding, fork, unwitnessed, witnesses_of
from gateway.witness.directory_watch import DirectoryWatch
from gateway.witness.rules import Fault
from gateway.witness.store import WitnessStore
from services import stolen_vehicles
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.crypto.signed_note import cosign, parse_note, witness_name
from shared.mailbox.mailbox import Mailbox
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.protocol.directory_log import DirectoryPart, log_head
from shared.protocol.http import HttpRequest
from shared.rpc.client import Requester
from shared.rpc.directory_sync import compare_head
from shared.rpc.keyring import KeyRing
from shared.rpc.participant import Participant
from shared.service import HEALTH_PATH
from tests.gateway.mesh import Echo, FakeService, Mesh, client_of
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.shared.test_directory import entry

GERMANY = BureauCode("DE")


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> Mesh:
    """Return a mesh in which Germany has a directory of its own, and the others one to which a key was added."""
    mesh = Mesh(clock, tmp_path)
    apart(mesh)
    mesh.give_key("KE", "bureau", 77)
    return mesh


def apart(mesh: Mesh) -> None:
    """Give Germany a directory of its own, as it is now."""
    before = mesh.bureaus[GERMANY]
    book = Directory(mesh.root.public)
    book.take(mesh.directory.log.part())
    keys = KeyRing("DE", book, mesh.clock, lambda: mesh.at_hand["DE"])
    mesh.bureaus = {**mesh.bureaus, GERMANY: replace(before, directory=book, keys=keys)}


@pytest.fixture
async def germany(mesh: Mesh) -> AsyncIterator[Participant]:
    """Return Germany, while mail is handled."""
    async with mesh.handling_mail():
        yield mesh.bureaus[GERMANY]


def found(bureau: Participant, monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Return what a bureau finds wrong with the head for as long as it is patient."""
    watch, passed = DirectoryWatch(), [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: passed[0])
    assert not [each for each in watch._of_head(bureau, bureau.directory) if each.fault is Fault.WITHHELD]
    passed[0] += GRACE_SECONDS
    return [each for each in watch._of_head(bureau, bureau.directory) if each.fault is Fault.WITHHELD]


async def exchange(mesh: Mesh, sender: str, recipient: str) -> None:
    """Have a bureau write to another, and wait until both hold what the other signed."""
    async with client_of(mesh.gateway()) as client:
        sent = await Officer(client, mesh, sender).send(to=[recipient])
        reader = Officer(client, mesh, recipient)
        await reader.receives(sent)
        assert (await reader.step(sent, "read")).status_code == 200
        await Officer(client, mesh, sender).sees(sent, "read")


async def until(is_told: Callable[[], bool]) -> None:
    """Wait until a receipt has told something of the directory."""
    async with asyncio.timeout(PATIENCE):
        while not is_told():  # noqa: ASYNC110 - nobody says that a head was compared
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("sender", "recipient"), [("DE", "FR"), ("FR", "DE")])
async def test_a_bureau_learns_by_a_receipt_what_the_secretariat_keeps_from_it(
    mesh: Mesh, germany: Participant, monkeypatch: pytest.MonkeyPatch, sender: str, recipient: str
) -> None:
    """Whether it writes or is written to: the root key signed the head that the other has, and the alarm shows it."""
    await exchange(mesh, sender, recipient)
    await until(lambda: germany.directory.log.promised == mesh.directory.log.size)
    [finding] = found(germany, monkeypatch)
    assert finding.shown == mesh.directory.log.signed_head
    assert finding.says == (
        f"the root key signed a directory of {mesh.directory.log.size} entries, "
        f"and no more than {germany.directory.log.size} are shown"
    )


async def test_a_gateway_learns_from_services_which_directory_they_have(
    mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what these know only by others."""
    germany = mesh.bureaus[GERMANY]
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        germany.directory.take(mesh.directory.log.part())
        keeping = Pings(("stolen-vehicles",), {GERMANY: Requester(germany)})
        mesh.give_key("KE", "bureau", 78)
        await keeping._ask(germany, "stolen-vehicles")
        assert (germany.directory.log.promised, germany.directory.log.size) == (
            mesh.directory.log.size,
            mesh.directory.log.size - 1,
        )
    assert [each.shown for each in found(germany, monkeypatch)] == [mesh.directory.log.signed_head]


async def test_services_learn_from_gateways_which_directory_they_have(mesh: Mesh, tmp_path: Path) -> None:
    """So does a bureau in whose name a key was entered, though nobody else answers it: it asks the same services."""
    germany = mesh.bureaus[GERMANY]
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        germany.directory.take(mesh.directory.log.part())
        false = sign_entry(entry(SigningKey(bytes([78]) * 32), "FR"), mesh.root)
        heads = log_head([*germany.directory.log.entries(), false], mesh.root)
        germany.directory.take(DirectoryPart(heads, germany.directory.log.size, [false]))
        await Pings(("stolen-vehicles",), {GERMANY: Requester(germany)})._ask(germany, "stolen-vehicles")
    assert mesh.directory.log.ahead == {germany.directory.log.size: germany.directory.log.signed_head}


async def test_a_head_that_is_none_is_refused_by_a_service(mesh: Mesh, tmp_path: Path) -> None:
    """As one that is longer than any."""
    requester, answered = Requester(mesh.bureaus[BureauCode("FR")]), list[int]()
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        for head in ("x", mesh.directory.log.signed_head * 3, mesh.directory.log.signed_head, ""):
            ping = HttpRequest("GET", f"{HEALTH_PATH}?{urlencode({'directory': head})}")
            answered.append((await requester.ask("stolen-vehicles", ping, NOBODY, seconds=2, attempts=1)).head.status)
    assert answered == [400, 422, 200, 200]


async def test_two_directories_that_the_root_key_signed_meet_in_a_receipt(mesh: Mesh, germany: Participant) -> None:
    """Each bureau holds both heads, which convict the Secretariat."""
    other = Mesh(mesh.clock)
    other.give_key("FR", "bureau", 79)
    germany.directory.take(other.directory.log.part())
    assert germany.directory.forked is None
    await exchange(mesh, "DE", "FR")
    await until(lambda: germany.directory.forked is not None and mesh.directory.forked is not None)
    [finding] = fork(mesh.directory)
    assert (finding.fault, finding.shown) == (Fault.FORKED, germany.directory.log.signed_head)


async def test_two_parts_of_the_network_that_exchange_nothing_find_nothing(
    mesh: Mesh, germany: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a log that goes on from what it knew; bureaus that the Secretariat made up cosign the one of Germany."""
    other = Mesh(mesh.clock)
    made_up = {"IT": other.join("IT", "bureau", 80), "PL": other.join("PL", "bureau", 81)}
    book, now = germany.directory, mesh.clock.now()
    book.take(other.directory.log.part())
    for name, bureau in made_up.items():
        book.log.cosign(cosign(parse_note(book.log.head), witness_name(name), bureau.keys.signing, now))
    await exchange(mesh, "FR", "KE")
    assert book.log.entries()[-1] not in mesh.directory.log.entries()
    assert (book.forked, mesh.directory.forked, found(germany, monkeypatch)) == (None, None, [])
    assert unwitnessed(book, "DE", witnesses_of(book, now), now) is None


async def test_what_the_root_key_did_not_sign_accuses_nobody(mesh: Mesh) -> None:
    """A bureau that states a head of its own making is noted in the log."""
    germany, size = mesh.bureaus[GERMANY], mesh.directory.log.size
    for head in ("no head", mesh.directory.log.signed_head.replace(str(size), str(size + 1))):
        compare_head(germany, "FR", head)
    assert (germany.directory.log.promised, germany.directory.forked) == (germany.directory.log.size, None)
    assert [line["sender"] for line in mesh.logged("directory-head-refused")] == ["FR", "FR"]


async def raise_alarm(mailbox: Mailbox, bureau: Participant) -> None:
    """Raise the alarm that there are two directories, as after a restart."""
    for finding in fork(bureau.directory):
        await DirectoryWatch()._raise(mailbox, bureau, finding)


@pytest.mark.parametrize("body", [b'{"directory":"\xff"}', b'{"x":' + b"[" * 200_000, b'{"directory":5}', b"no JSON"])
async def test_nothing_that_a_service_answers_to_the_ping_ends_the_comparing(mesh: Mesh, body: bytes) -> None:
    """Nor the work on the clock, which goes on with it."""
    echo, germany = Echo(), mesh.bureaus[GERMANY]
    await mesh.serve(FakeService(), echo)
    germany.directory.take(mesh.directory.log.part())
    mesh.give_key("KE", "bureau", 78)
    keeping = Pings(("echo",), {GERMANY: Requester(germany)})
    echo.body = body
    await keeping._ask(germany, "echo")
    echo.body = msgspec.json.encode({"directory": mesh.directory.log.signed_head})
    await keeping._ask(germany, "echo")
    assert germany.directory.log.promised == mesh.directory.log.size


async def test_each_head_that_is_ahead_has_a_time_of_its_own(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """New ones neither put off that one is withheld, nor are so from the moment that they are heard of."""
    germany, heads = mesh.bureaus[GERMANY], [mesh.directory.log.signed_head]
    for number in (78, 79):
        mesh.give_key("KE", "bureau", number)
        heads.append(mesh.directory.log.signed_head)
    watch, passed, shown = DirectoryWatch(), [0.0], list[list[str]]()
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: passed[0])
    for head in reversed(heads):
        compare_head(germany, "FR", head)
        found_now = list(watch._of_head(germany, germany.directory))
        shown.append([each.shown for each in found_now if each.fault is Fault.WITHHELD])
        passed[0] += GRACE_SECONDS * 0.6
    found_now = list(watch._of_head(germany, germany.directory))
    shown.append([each.shown for each in found_now if each.fault is Fault.WITHHELD])
    assert shown == [[], [], [heads[2]], [heads[1]]]


async def test_a_fork_is_one_alarm_with_both_heads_however_the_log_grows(mesh: Mesh) -> None:
    """Also where others state both, and the own log is smaller than either."""
    germany, there = mesh.bureaus[GERMANY], Mesh(mesh.clock)
    there.give_key("KE", "bureau", 79)
    heads = (mesh.directory.log.signed_head, there.directory.log.signed_head)
    async with mesh.handling_mail("DE"):
        mailbox = (await mesh.mailbox_host.of(GERMANY)).mailbox
        for head in heads:
            compare_head(germany, "FR", head)
        await raise_alarm(mailbox, germany)
        germany.directory.take(mesh.directory.log.part())
        mesh.give_key("KE", "bureau", 80)
        germany.directory.take(mesh.directory.log.part())
        await raise_alarm(mailbox, germany)
        [alarm] = await WitnessStore(mailbox.reading.session).alarms(2**53, 10)
    assert (alarm.evidence.seen_note, alarm.evidence.shown_note, alarm.times) == (*heads, 2)
