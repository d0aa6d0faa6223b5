"""What is stored in a mailbox and on the broker, with the limits of each, as its officers see it."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

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
    attachment_bytes: int = Field(ge=0, description="Attachments in your bureau's bucket on the broker.")
    attachment_bytes_limit: int = Field(ge=0, description="Messages with attachments beyond it wait in the outbox.")


def _example() -> dict[str, Any]:
    inbox = {"messages": 1262, "bytes": 76021760}
    per_sender = {"messages": 500_000, "bytes": 2147483648}
    limit = {"messages": 5_000_000, "bytes": 21474836480}
    senders = [
        {"messages": 1204, "bytes": 73400320, "sender": "DE"},
        {"messages": 58, "bytes": 2621440, "sender": "stolen-vehicles"},
    ]
    return {
        "inbox": {"used": inbox, "limit": limit, "limit_per_sender": per_sender, "senders": senders},
        "outbox": {"used": {"messages": 310, "bytes": 9437184}, "limit": limit},
        "post": {
            "outstanding": {"parcels": 31, "bytes": 214016},
            "limit": {"parcels": 5000, "bytes": 268435456},
            "waiting": 4,
            "attachment_bytes": 1048592,
            "attachment_bytes_limit": 268435456,
        },
    }


class Usage(BaseModel):
    """What is stored in your bureau's mailbox and on the broker, with the limits of each."""

    model_config = ConfigDict(json_schema_extra={"examples": [_example()]})

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
            senders=[SenderUse(sender=sender, **_plain(stored[sender])) for sender in largest],
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


def _plain(amount: Amount) -> dict[str, int]:
    return {"messages": amount.messages, "bytes": amount.bytes}


def _use(amount: Amount) -> Use:
    return Use(**_plain(amount))


def _parcels(amount: Amount) -> Parcels:
    return Parcels(parcels=amount.messages, bytes=amount.bytes)
