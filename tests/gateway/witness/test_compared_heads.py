"""Bureaus and services compare heads of the directory: the Secretariat cannot show them different ones unnoticed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from gateway.edge.health import HEALTH_CHECKER
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
from tests.gateway.fake_service import Echo, FakeService
from tests.gateway.mesh import Mesh, client_of
from tests.gateway.messages.officers import PATIENCE, Officer
from tests.shared.directories import entry

GERMANY = BureauCode("DE")


@pytest.fixture
def mesh(clock: FixedClock, tmp_path: Path) -> Mesh:
    """Return a mesh in which Germany has a copy of the directory of its own, and the others one with another key."""
    mesh = Mesh(clock, tmp_path)
    give_own_directory(mesh)
    mesh.give_key("KE", "bureau", 77)
    return mesh


def give_own_directory(mesh: Mesh) -> None:
    """Give Germany a copy of the directory, as it is now."""
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
    """Return the alarms of a bureau about withheld heads at the end of the grace period."""
    watch, passed = DirectoryWatch(), [0.0]
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: passed[0])
    assert not [each for each in watch._of_head(bureau, bureau.directory) if each.fault is Fault.WITHHELD]
    passed[0] += GRACE_SECONDS
    return [each for each in watch._of_head(bureau, bureau.directory) if each.fault is Fault.WITHHELD]


async def exchange(mesh: Mesh, sender: str, recipient: str) -> None:
    """Have a bureau send a message to another, and wait until both hold a receipt of the other."""
    async with client_of(mesh.gateway()) as client:
        sent = await Officer(client, mesh, sender).send(to=[recipient])
        reader = Officer(client, mesh, recipient)
        await reader.receives(sent)
        assert (await reader.step(sent, "read")).status_code == 200
        await Officer(client, mesh, sender).sees(sent, "read")


async def until(is_known: Callable[[], bool]) -> None:
    """Wait until a receipt has changed what is known of the directory."""
    async with asyncio.timeout(PATIENCE):
        while not is_known():  # noqa: ASYNC110 - no event reports that a head was compared
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(("sender", "recipient"), [("DE", "FR"), ("FR", "DE")])
async def test_a_receipt_reveals_directory_entries_withheld_from_a_bureau(
    mesh: Mesh, germany: Participant, monkeypatch: pytest.MonkeyPatch, sender: str, recipient: str
) -> None:
    """From the sender or the recipient: the alarm shows the head that the root key signed for the other."""
    await exchange(mesh, sender, recipient)
    await until(lambda: germany.directory.log.promised == mesh.directory.log.size)
    [finding] = found(germany, monkeypatch)
    assert finding.shown == mesh.directory.log.signed_head
    assert finding.says == (
        f"the root key signed a directory of {mesh.directory.log.size} entries, "
        f"and no more than {germany.directory.log.size} are shown"
    )


async def test_a_ping_reveals_the_directory_head_of_a_service_to_a_gateway(
    mesh: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also a head that the service knows only from others."""
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


async def test_a_ping_reveals_the_directory_head_of_a_gateway_to_a_service(mesh: Mesh, tmp_path: Path) -> None:
    """So an isolated bureau with a false key in its directory is detected: it pings the same services."""
    germany = mesh.bureaus[GERMANY]
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        germany.directory.take(mesh.directory.log.part())
        false = sign_entry(entry(SigningKey(bytes([78]) * 32), "FR"), mesh.root)
        heads = log_head([*germany.directory.log.entries(), false], mesh.root)
        germany.directory.take(DirectoryPart(heads, germany.directory.log.size, [false]))
        await Pings(("stolen-vehicles",), {GERMANY: Requester(germany)})._ask(germany, "stolen-vehicles")
    assert mesh.directory.log.ahead == {germany.directory.log.size: germany.directory.log.signed_head}


async def test_a_malformed_or_oversized_directory_head_is_refused_by_a_service(mesh: Mesh, tmp_path: Path) -> None:
    requester, answered = Requester(mesh.bureaus[BureauCode("FR")]), list[int]()
    async with AsyncExitStack() as stack:
        await mesh.start(stolen_vehicles.SERVICE, tmp_path, stack, number=100)
        for head in ("x", mesh.directory.log.signed_head * 3, mesh.directory.log.signed_head, ""):
            ping = HttpRequest("GET", f"{HEALTH_PATH}?{urlencode({'directory': head})}")
            answered.append(
                (await requester.ask("stolen-vehicles", ping, HEALTH_CHECKER, seconds=2, attempts=1)).head.status
            )
    assert answered == [400, 422, 200, 200]


async def test_a_receipt_reveals_two_forked_directories_to_both_bureaus(mesh: Mesh, germany: Participant) -> None:
    """Each then holds both heads, which prove the fork against the Secretariat."""
    other = Mesh(mesh.clock)
    other.give_key("FR", "bureau", 79)
    germany.directory.take(other.directory.log.part())
    assert germany.directory.forked is None
    await exchange(mesh, "DE", "FR")
    await until(lambda: germany.directory.forked is not None and mesh.directory.forked is not None)
    [finding] = fork(mesh.directory)
    assert (finding.fault, finding.shown) == (Fault.FORKED, germany.directory.log.signed_head)


async def test_a_fork_between_parts_that_exchange_nothing_is_not_detected(
    mesh: Mesh, germany: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part has a consistent log; invented bureaus cosign the one shown to Germany."""
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


async def test_a_head_not_signed_by_the_root_key_raises_no_alarm(mesh: Mesh) -> None:
    """It is logged with the bureau that sent it."""
    germany, size = mesh.bureaus[GERMANY], mesh.directory.log.size
    for head in ("no head", mesh.directory.log.signed_head.replace(str(size), str(size + 1))):
        compare_head(germany, "FR", head)
    assert (germany.directory.log.promised, germany.directory.forked) == (germany.directory.log.size, None)
    assert [line["sender"] for line in mesh.logged("directory-head-refused")] == ["FR", "FR"]


async def raise_alarm(mailbox: Mailbox, bureau: Participant) -> None:
    """Raise the alarm about a forked directory, as after a restart."""
    for finding in fork(bureau.directory):
        await DirectoryWatch()._raise(mailbox, bureau, finding)


@pytest.mark.parametrize("body", [b'{"directory":"\xff"}', b'{"x":' + b"[" * 200_000, b'{"directory":5}', b"no JSON"])
async def test_a_malformed_answer_to_a_ping_does_not_stop_later_comparisons(mesh: Mesh, body: bytes) -> None:
    """Nor the measurement of the clock, which is part of the same job."""
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


async def test_each_withheld_head_has_its_own_grace_period(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    """Newer heads neither extend that of an earlier one, nor count as withheld at once."""
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


async def test_a_fork_raises_one_alarm_with_both_heads_while_the_log_grows(mesh: Mesh) -> None:
    """Also if others sent both heads, and the own log is smaller than either."""
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
    assert (alarm.evidence.seen, alarm.evidence.shown, alarm.times) == (*heads, 2)
