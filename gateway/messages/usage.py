"""What is stored in a mailbox and on the broker, with the limits of each, as its officers see it."""

from typing import Final

from msgspec.structs import asdict
from pydantic import BaseModel, Field

from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Author
from shared.mailbox.quotas import Amount

MAX_SENDERS: Final = 20


class Use(BaseModel):
    """A number of messages, and their bytes with attachments."""

    messages: int = Field(ge=0, examples=[1204])
    bytes: int = Field(ge=0, examples=[73400320])


class SenderUse(Use):
    """What one sender has stored in the mailbox."""

    sender: Author = Field(description="A bureau, or a service by its name.")


class InboxUsage(BaseModel):
    """What other senders have stored in the mailbox."""

    used: Use
    limit: Use = Field(description="For all senders together; the last tenth for services and the Secretariat alone.")
    limit_per_sender: Use = Field(description="For each other bureau.")
    senders: list[SenderUse] = Field(description=f"The senders with the most bytes, at most {MAX_SENDERS}.")


class OutboxUsage(BaseModel):
    """What your bureau has stored in its own mailbox."""

    used: Use
    limit: Use = Field(description="Beyond it, sending is refused with `mailbox-full`.")


class Parcels(BaseModel):
    """A number of parcels, one for each recipient of a message, and their bytes without attachments."""

    parcels: int = Field(ge=0, examples=[31])
    bytes: int = Field(ge=0, examples=[214016])


class PostUsage(BaseModel):
    """What your bureau has on the broker that has no receipt yet."""

    outstanding: Parcels
    limit: Parcels = Field(description="Messages beyond it wait in the outbox, `queued` with the reason `post-full`.")
    waiting: int = Field(ge=0, description="How many parcels are not on the broker.", examples=[4])
    attachment_bytes: int = Field(ge=0, description="Attachments in your bureau's bucket on the broker.", examples=[0])
    attachment_bytes_limit: int = Field(ge=0, description="Beyond it attachments wait in the outbox.", examples=[2**28])


class Usage(BaseModel):
    """What is stored in your bureau's mailbox and on the broker, with the limits of each."""

    inbox: InboxUsage
    outbox: OutboxUsage
    post: PostUsage


async def usage_of(mailbox: Mailbox) -> Usage:
    """Return what is stored in a mailbox, and by its bureau on the broker."""
    store, quotas = mailbox.reading.usage, mailbox.quotas
    stored = await store.all()
    outbox = stored.pop(mailbox.bureau, Amount())
    largest = sorted(stored, key=lambda sender: (-stored[sender].bytes, sender))[:MAX_SENDERS]
    return Usage(
        inbox=InboxUsage(
            used=_use(sum(stored.values(), Amount())),
            limit=_use(quotas.inbox),
            limit_per_sender=_use(quotas.per_sender),
            senders=[SenderUse(sender=sender, **asdict(stored[sender])) for sender in largest],
        ),
        outbox=OutboxUsage(used=_use(outbox), limit=_use(quotas.outbox)),
        post=PostUsage(
            outstanding=_parcels(sum((await store.outstanding()).values(), Amount())),
            limit=_parcels(quotas.post),
            waiting=await store.waiting(),
            attachment_bytes=sum((await store.objects()).values(), Amount()).bytes,
            attachment_bytes_limit=quotas.bucket_bytes,
        ),
    )


def _use(amount: Amount) -> Use:
    return Use(**asdict(amount))


def _parcels(amount: Amount) -> Parcels:
    return Parcels(parcels=amount.messages, bytes=amount.bytes)
