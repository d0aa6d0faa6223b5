"""A service sends notifications to bureaus over a real broker with its permissions, and gets their receipts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from gateway.messages.reading import MailboxReader
from gateway.monitoring.broker import BrokerSupervisor
from gateway.tables import GATEWAY_TABLES
from shared.bureaus import BureauCode
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey
from shared.errors import NotFound
from shared.ids import uuid7
from shared.logs import Log
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailboxes
from shared.mailbox.models import MessageState
from shared.mailbox.notifications import Notification
from shared.mailbox.service_outbox import ServiceOutbox
from shared.protocol.envelope import MessageHead, ReceiptHead, sign_envelope
from shared.protocol.parcel import Parcel
from shared.transport.subjects import BROKER_OPERATOR, Lane, message_subject
from tests.broker import NatsServer, another_nats
from tests.gateway.messages.form_samples import WITHDRAWAL

pytestmark = pytest.mark.thorough

TIMEOUT_SECONDS = 20.0
FR, DE = BureauCode("FR"), BureauCode("DE")
CLOCK = SystemClock()


class Network:
    """The gateway of two bureaus and the Secretariat, and a service, on one broker."""

    def __init__(self, mailbox_host: MailboxHost, post: ServiceOutbox) -> None:
        self.mailbox_host = mailbox_host
        self.post = post

    async def send(self) -> str:
        """Have the service send the withdrawal of a record, and return the id of the notification."""
        content = Notification(
            id=uuid7(CLOCK.now()),
            recipients=(FR, DE),
            disclosed=False,
            urgent=True,
            purpose="security-check",
            subject="A record was withdrawn",
            form=WITHDRAWAL,
            written=CLOCK.now(),
        )
        await self.post.send(content)
        return content.id

    async def until_signed(self, notification: str, *wanted: tuple[str, str]) -> None:
        """Wait until the service holds these receipts of a notification."""
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                signed = {
                    (each.head.sender, each.head.state)
                    for each in (await self.post.proven([notification]))[notification]
                }
                if signed >= set(wanted):
                    return
                await asyncio.sleep(0.01)

    async def apply(self, notification: str) -> None:
        """Have Germany sign that it has applied a notification."""
        session = await self.mailbox_host.of(DE)
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while True:
                try:
                    await MailboxReader(*session).answer(notification, "notices", MessageState.APPLIED)
                except NotFound:
                    await asyncio.sleep(0.01)
                    continue
                return


@pytest.fixture
async def own_server(nats_server: NatsServer, tmp_path: Path) -> AsyncIterator[NatsServer]:
    """Run a separate broker, which a test may kill."""
    with another_nats(nats_server.home, nats_server.directory, tmp_path) as server:
        yield server


@pytest.fixture
async def network(own_server: NatsServer, tmp_path: Path) -> AsyncIterator[Network]:
    """Run gateways and a service."""
    log = Log("test", level="error")
    mailboxes = Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", CLOCK, log, tables=GATEWAY_TABLES)
    mailbox_host = MailboxHost(mailboxes)
    async with AsyncExitStack() as stack:
        operator = await own_server.connect(BROKER_OPERATOR)
        stack.push_async_callback(operator.close)
        mailbox_host.add_job("broker supervision", BrokerSupervisor(operator, None, log).work)
        for name in ("IPSG", "FR", "DE"):
            bureau = await own_server.participant(name)
            stack.push_async_callback(bureau.transport.close)
            mailbox_host.host(bureau)
        stack.push_async_callback(mailbox_host.close)
        service = await own_server.participant("notices")
        stack.push_async_callback(service.transport.close)
        post = ServiceOutbox(service, Mailboxes(lambda name: f"sqlite:///{tmp_path / name}.db", CLOCK, log))
        await stack.enter_async_context(post.running())
        yield Network(mailbox_host, post)


async def test_a_service_receives_the_receipts_of_bureaus(network: Network) -> None:
    """Of the delivery of its notification, and of its application."""
    notification = await network.send()
    await network.until_signed(notification, ("FR", "delivered"), ("DE", "delivered"))
    await network.apply(notification)
    await network.until_signed(notification, ("DE", "applied"))


async def test_a_notification_survives_the_loss_of_the_broker_store(network: Network, own_server: NatsServer) -> None:
    """Notifications and receipts under way are sent again."""
    before = await network.send()
    await network.until_signed(before, ("FR", "delivered"), ("DE", "delivered"))
    own_server.kill()
    own_server.lose_store()
    during = await network.send()
    await network.apply(before)
    own_server.start()
    await network.until_signed(during, ("FR", "delivered"), ("DE", "delivered"))
    await network.until_signed(before, ("DE", "applied"))


FLOOD = 1500


def unknown(recipient: str, *, key: str) -> tuple[str, Parcel]:
    """Return the subject and parcel of a post of Kenya under an unknown key: a receipt if `key` is empty."""
    signing, message_id, now = SigningKey.generate(), uuid7(CLOCK.now()), CLOCK.now().timestamp()
    common: dict[str, Any] = {"kid": signing.kid, "id": message_id, "sender": "KE", "iat": now, "exp": now + 1000}
    digest = "A" * 43
    head: MessageHead | ReceiptHead = ReceiptHead(
        **common, to=recipient, re=message_id, re_digest=digest, state="delivered"
    )
    if key:
        head = MessageHead(**common, to=(recipient,), urgency="urgent", purpose="security-check", content_digest=digest)
    return message_subject(recipient, Lane.URGENT, message_id, "KE"), Parcel(
        sign_envelope(head, b"", signing), b"", key
    )


@pytest.mark.parametrize(("flooded", "key"), [("notices", "AAAA.AAAA"), ("notices", ""), ("FR", "AAAA.AAAA")])
async def test_a_flood_with_an_unknown_key_does_not_delay_messages_of_others(
    network: Network, own_server: NatsServer, flooded: str, key: str
) -> None:
    """Messages or receipts that may become verifiable in a moment, to a service or to a bureau."""
    before = await network.send()
    await network.until_signed(before, ("FR", "delivered"), ("DE", "delivered"))
    kenya = await own_server.participant("KE")
    for _ in range(FLOOD):
        await kenya.transport.publish(*unknown(flooded, key=key))
    notification = await network.send()
    async with asyncio.timeout(5.0):
        await network.until_signed(notification, ("FR", "delivered"), ("DE", "delivered"))
    await kenya.transport.close()
