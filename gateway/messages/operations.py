"""What the officers of a bureau do with its messages, and what all bureaus of a gateway share for it."""

from typing import NamedTuple

from gateway.messages.reading import MailboxReader
from gateway.messages.sending import MessageSender
from gateway.messages.streams import Streams
from gateway.messages.webhooks.operations import WebhookOperations
from gateway.messages.webhooks.sender import WebhookSender
from gateway.messages.webhooks.targets import Targets
from gateway.messages.webhooks.worker import WebhookWorker
from shared.mailbox.host import MailboxHost, MailboxSession
from shared.mailbox.mailbox import Mailbox
from shared.rpc.participant import Participant


class MessageOperations(NamedTuple):
    """What an officer of one bureau may do with its messages."""

    mailbox: Mailbox
    bureau: Participant
    sending: MessageSender
    reading: MailboxReader
    webhooks: WebhookOperations


class Messaging:
    """The streams of events and the sender of webhooks, which the bureaus of a gateway share."""

    def __init__(self, *, private_targets: bool = False) -> None:
        """`private_targets`: webhooks may go to addresses that are not public."""
        self.streams = Streams()
        self.webhook_sender = WebhookSender(Targets(private=private_targets))

    def register(self, host: MailboxHost) -> None:
        """Have the events of every bureau that is hosted from now on posted to its webhooks."""
        host.add_job(self.post_webhooks)

    def of(self, session: MailboxSession) -> MessageOperations:
        """Return what an officer of the bureau of a session may do."""
        mailbox, bureau = session
        return MessageOperations(
            mailbox,
            bureau,
            MessageSender(mailbox, bureau),
            MailboxReader(mailbox, bureau),
            WebhookOperations(mailbox, self.webhook_sender, bureau.clock),
        )

    async def post_webhooks(self, mailbox: Mailbox, _bureau: Participant) -> None:
        """Post the events of a mailbox to its webhooks until cancelled."""
        await WebhookWorker(mailbox, self.webhook_sender).run()
