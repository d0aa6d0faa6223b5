"""Messages between two bureaus, sent and received step by step."""

from gateway.messages.quotes import MessageQuotes
from gateway.messages.record_reader import Reading, RecordReader
from gateway.messages.sending import MessageSender
from shared.bureaus import BureauCode
from shared.mailbox.delivery import DeliveryWorker
from shared.mailbox.handlers import PayloadHandlers
from shared.mailbox.mailbox import Mailbox, Mailboxes
from shared.mailbox.models import MessageDraft, MessageQuery
from shared.mailbox.receiving import Receiver
from shared.transport.subjects import Lane
from tests.gateway.accounts import BUREAUS
from tests.gateway.mesh import Mesh
from tests.support import caller

FR, DE = BureauCode("FR"), BureauCode("DE")


def no_records() -> RecordReader:
    """Return a reader of the records of a gateway without services."""

    async def find(_service: str, _kind: str) -> Reading | None:
        return None

    return RecordReader({}, find)


class Post:
    """Sending by one bureau and receiving by another, step by step: no background job runs."""

    def __init__(self, mesh: Mesh, mailboxes: Mailboxes) -> None:
        self.mesh = mesh
        self.mailboxes = mailboxes
        self.receiving = Receiver(mailboxes, mesh.bureaus[DE], PayloadHandlers())

    async def ensure_streams(self) -> None:
        """Make the broker accept posts."""
        await self.mesh.broker.connect("IPSG").ensure_streams(BUREAUS)

    async def worker(self) -> DeliveryWorker:
        """Return a delivery worker of the sender, as a process has one."""
        return DeliveryWorker(await self.sender(), self.mesh.bureaus[FR])

    async def sender(self) -> Mailbox:
        """Return the mailbox of the sender."""
        return await self.mailboxes.of(FR)

    async def send(self, subject: str, to: BureauCode = DE) -> str:
        """Send a message, and return its id."""
        sender = await self.sender()
        sending = MessageSender(sender, self.mesh.bureaus[FR], MessageQuotes(sender, no_records()))
        draft = MessageDraft(to=(to,), subject=subject, body="Seen at the border.", urgency="routine")
        return (await sending.accept(draft, caller(FR))).id

    async def attempts(self) -> int:
        """Return how often the only message of the outbox was sent."""
        [delivery] = await (await self.sender()).reading.deliveries.of(1)
        attempts: int = delivery.attempts
        return attempts

    async def receive(self) -> int:
        """Process the messages that arrived at the recipient, and return their number."""
        arrivals = await self.mesh.bureaus[DE].transport.collect(Lane.ROUTINE, limit=10, seconds=0.01)
        await self.receiving._take_apart(arrivals)
        return len(arrivals)

    async def subjects(self) -> list[str]:
        """Return the subjects in the inbox of the recipient."""
        rows = await (await self.mailboxes.of(DE)).reading.page(MessageQuery())
        return sorted(row.summary.partition('"subject":"')[2].partition('"')[0] for row in rows)
