"""The Secretariat's gateway raises an alarm if the broker is not in order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.monitoring import broker
from gateway.monitoring.broker import BrokerSupervisor, recent_alarms
from shared.bureaus import SECRETARIAT
from shared.clock import FixedClock
from shared.mailbox.host import MailboxHost
from shared.transport import Disconnected, NoResponder
from shared.transport.memory import MemoryTransport
from tests.gateway.mesh import Mesh
from tests.support import Noted

PATIENCE = 5.0


class Office:
    """The Secretariat, whose operator account can or cannot find a relay."""

    def __init__(self, operator: MemoryTransport, mailbox_host: MailboxHost) -> None:
        self.operator = operator
        self.mailbox_host = mailbox_host

    async def alarms(self) -> list[str]:
        """Return the texts of the alarms shown to its auditors."""
        return [alarm.evidence.says for alarm in await recent_alarms(self.mailbox_host)]


@pytest.fixture
async def office(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    """Run the supervisor with short intervals."""
    monkeypatch.setattr(broker, "LOOK_FOR_RELAY_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(broker, "UNATTENDED_SECONDS", 0.05)
    mesh = Mesh(clock, tmp_path)
    operator = mesh.broker.connect("operator")
    mailbox_host = MailboxHost(mesh._mailboxes())
    mailbox_host.add_job("broker supervision", BrokerSupervisor(operator, None, mesh.log).work)
    mailbox_host.host(mesh.bureaus[SECRETARIAT])
    yield Office(operator, mailbox_host)
    await mailbox_host.close()


async def test_a_missing_relay_raises_an_alarm(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only after some time: without a relay, posts and attachments stay with their senders."""
    assert await office.alarms() == []

    async def no_relay() -> list[object]:
        raise NoResponder("nobody serves i247.relay")

    monkeypatch.setattr(office.operator, "require_relay", no_relay)
    async with asyncio.timeout(PATIENCE):
        texts: list[str] = []
        while True:
            texts = await office.alarms()
            if texts:
                break
            await asyncio.sleep(0.01)
    assert texts[0].startswith("no relay takes messages and attachments of participants")


async def test_a_lost_broker_connection_raises_no_alarm_about_the_relay(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has an alarm of its own, which points the operator to the broker."""
    looked = Noted()

    async def no_connection() -> list[object]:
        looked.note()
        raise Disconnected("there is no connection to the broker at the moment")

    monkeypatch.setattr(office.operator, "require_relay", no_connection)
    await looked.more(10)
    assert await office.alarms() == []
