"""The releases of owners: the bureaus to which a holder of a record with the condition `H2` may pass it on."""

from pydantic import ValidationError

from gateway.messages.record_reader import RecordReader
from shared.agreements import takes_messages
from shared.bureaus import BureauCode, kind_of
from shared.errors import BureauRestricted, NotTheOwner
from shared.identity import Caller
from shared.mailbox import rules
from shared.mailbox.host import MailboxHost
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import AcceptedMessage
from shared.mailbox.outbox import OutgoingPayload, enqueue
from shared.mailbox.quote_models import RecordReference, ReleaseDraft
from shared.mailbox.store import MailStore
from shared.mailbox.times import milliseconds
from shared.protocol.messages import OpenedMessage
from shared.protocol.payloads import Release
from shared.rpc.participant import Participant
from shared.standing import MEMBER, BureauStanding, describe


def register_releases(host: MailboxHost) -> None:
    """Register what is done about a release."""
    host.handlers.on("release", on_release)


async def on_release(
    store: MailStore, message: OpenedMessage, form: Release, _number: int, bureau: Participant
) -> None:
    """Store a release of a bureau under its name: it counts for records of that bureau alone."""
    head = message.head
    # No other participant owns records, and a restricted bureau shows them to nobody more.
    is_owner = kind_of(head.sender) == "bureau" and _restriction(bureau, head.sender, form.service) is None
    if not is_owner or not _names_a_record(form):
        bureau.log.warning("release-ignored", bureau=bureau.name, sender=head.sender, id=head.id)
        return
    until = None if form.until is None else milliseconds(form.until)
    await store.quotes.release(form, head.sender, signed=milliseconds(head.iat), until=until, message=head.id)


def _names_a_record(form: Release) -> bool:
    try:
        RecordReference(service=form.service, kind=form.kind, record=form.record)
    except ValidationError:
        return False
    return True


def _restriction(participant: Participant, of: str, service: str) -> BureauStanding | None:
    """Return the standing of a bureau if it is restricted in a service."""
    now = participant.clock.now().timestamp()
    standing = (participant.directory.standing_of(of, now) or MEMBER).in_service(service)
    return standing if standing.standing == "restricted" else None


class Releasing:
    """The releases by one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant, records: RecordReader) -> None:
        self._mailbox = mailbox
        self._bureau = bureau
        self._records = records

    async def release(self, draft: ReleaseDraft, caller: Caller) -> AcceptedMessage:
        """Send a holder the release of a record.

        Raises BureauRestricted, OwnAddress, UnknownRecipient, ValidityOver, NotQuotable, NotConfirmed, NotTheOwner.
        """
        if (restricted := _restriction(self._bureau, self._bureau.name, draft.service)) is not None:
            raise BureauRestricted(
                f"{self._bureau.name} is {describe(restricted)}: it may show a record to fewer, not to more"
            )
        self._require_possible(draft)
        wanted = RecordReference(service=draft.service, kind=draft.kind, record=draft.record)
        quote = await self._records.read(wanted, caller, "/record")
        if quote.owner != caller.bureau:
            raise NotTheOwner(f"record {quote.record} belongs to {quote.owner}: only that bureau may release it")
        payload = _payload(draft, caller)
        accepted = await self._mailbox.write(lambda store: enqueue(store, self._bureau, payload))
        self._mailbox.changes.notify()
        return accepted

    def _require_possible(self, draft: ReleaseDraft) -> None:
        at, directory, holder = self._bureau.clock.now(), self._bureau.directory, draft.holder
        if holder == self._bureau.name:
            raise rules.OwnAddress(
                "is your own bureau: name the bureau that holds the record and may pass it on", at="/holder"
            )
        takes = takes_messages(holder, directory.agreement_of(holder), at.date())
        if not takes or directory.sealing_key_of(holder, at) is None:
            raise rules.UnknownRecipient(f"{holder} cannot be reached in this network at the moment", at="/holder")
        if draft.until is not None and draft.until <= at:
            raise rules.ValidityOver("is in the past", at="/until")


def _payload(draft: ReleaseDraft, caller: Caller) -> OutgoingPayload:
    until = None if draft.until is None else draft.until.timestamp()
    form = Release(service=draft.service, kind=draft.kind, record=draft.record, to=draft.to, until=until)
    return OutgoingPayload(
        form=form,
        to=(BureauCode(draft.holder),),
        officer=caller.officer,
        purpose=caller.purpose,
        subject=f"Release of the {draft.kind} {draft.record}",
    )
