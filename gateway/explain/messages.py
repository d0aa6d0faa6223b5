"""The steps of a message: its signature, its seal, its policy, and how far it came to each recipient.

What is signed is checked by `shared.protocol.evidence`, as anybody checks the evidence of the message offline.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy.engine import Row

from gateway.explain.envelopes import Expected, checked, envelope_steps, failed, ok
from gateway.explain.models import Step
from gateway.sandbox.exchanges import KeptRefusal
from shared.agreements import may_send
from shared.bureaus import BureauCode, kind_of
from shared.clock import FixedClock, time_at
from shared.crypto.hpke import ContentKey, SealBroken
from shared.identity import PURPOSES, is_purpose_open_to
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import Box, MessageState, RecipientState
from shared.mailbox.rows import evidence_of, recipient_state
from shared.protocol.directory import Directory
from shared.protocol.envelope import EnvelopeRefused, MessageHead
from shared.protocol.evidence import verify
from shared.protocol.messages import SALT_BYTES, content_digest, open_message
from shared.protocol.parcel import Parcel
from shared.protocol.verifier import Verifier, parse
from shared.rpc.participant import Participant


class StoredMessage(NamedTuple):
    """A message in the mailbox of the bureau that asks, and how far it came; of a received one nothing of others."""

    row: Row[Any]
    evidence: bytes
    deliveries: tuple[RecipientState, ...]


async def stored_message(mailbox: Mailbox, bureau: Participant, row: Row[Any]) -> StoredMessage:
    """Return a message with what is known of it."""
    evidence = b""
    if row.sealed:
        # None of a message that was signed with a key which no directory entry has.
        with suppress(EnvelopeRefused):
            evidence = await evidence_of(mailbox.reading, row, bureau.directory)
    deliveries = await mailbox.reading.deliveries.of(row.number) if row.box == Box.OUTBOX else ()
    return StoredMessage(row, evidence, tuple(map(recipient_state, deliveries)))


def message_steps(message: StoredMessage, bureau: Participant) -> Iterator[Step]:
    """Yield the steps of a message."""
    row, directory = message.row, bureau.directory
    _, head, _ = parse(MessageHead, row.signature)
    if not row.sealed:
        yield failed("message", "content", "the record that it published was withdrawn or corrected since")
        return
    recipient = bureau.name if row.box == Box.INBOX else next(iter(head.to))
    expected = Expected("message", MessageHead, row.sender, recipient, row.stored / 1000)
    yield from envelope_steps(Parcel(row.signature, row.sealed), expected, directory)
    if not message.evidence:
        yield failed("evidence", "form", "there is none, as the directory has no entry of the key")
    else:
        for found in verify(message.evidence, directory.root, known_entry=directory.entry_of).found:
            yield (ok if found.ok else failed)("evidence", found.check, found.says)
    yield _seal(head, row, bureau)
    yield from _policy(head, directory)
    for each in message.deliveries:
        yield _wrapped(each.bureau, head, directory)
        yield _delivery(each)


def refusal_steps(kept: KeptRefusal, bureau: Participant) -> Iterator[Step]:
    """Yield the steps of a message that the bureau refused, up to its reason."""
    parcel, directory = kept.parcel, bureau.directory
    expected = Expected("message", MessageHead, kept.sender, bureau.name, kept.at)
    *steps, verdict = envelope_steps(parcel, expected, directory)
    yield from (*steps, verdict)
    verifier = Verifier(bureau.name, directory, FixedClock(time_at(kept.at)))

    def open_again() -> None:
        open_message(verifier, parcel, sender=kept.sender, recipient=bureau.name, key_of=bureau.keys.sealing)

    if verdict.result == "ok":
        yield checked("message", "seal", f"a key of {bureau.name} opens it, and its digest is in the head", open_again)
    else:
        yield Step(part="message", step="seal", result="undecided", says="nothing is opened that cannot be trusted")
    yield failed("message", "result", f"{bureau.name} did not take it: {kept.detail} ({kept.reason})")


def _seal(head: MessageHead, row: Row[Any], bureau: Participant) -> Step:
    """Open the ciphertext with the content key that the bureau keeps. Shows neither."""
    try:
        salted = ContentKey(row.content_key).open(row.sealed, head.id.encode())
    except SealBroken as broken:
        return failed("message", "seal", f"the ciphertext cannot be opened: {broken}")
    if content_digest(salted[:SALT_BYTES], salted[SALT_BYTES:]) != head.content_digest:
        return failed("message", "seal", "the ciphertext opens to another content than the head has the digest of")
    return ok("message", "seal", f"the content key of {bureau.name} opens it, and its digest is in the signed head")


def _policy(head: MessageHead, directory: Directory) -> Iterator[Step]:
    agreement, purpose = directory.agreement_of(head.sender), PURPOSES.get(head.purpose)
    if not may_send(head.sender, agreement, head.purpose, time_at(head.iat).date()):
        yield failed("message", "policy", f"no agreement lets {head.sender} write for {head.purpose}")
    elif purpose is not None and kind_of(head.sender) != "service" and not _is_open(head.sender, purpose):
        yield failed("message", "policy", f"{head.sender} may not use the network for {head.purpose}")
    else:
        yield ok("message", "policy", f"{head.sender} may write for {head.purpose}")


def _is_open(sender: str, purpose: Any) -> bool:
    return is_purpose_open_to(BureauCode(sender), purpose)


def _wrapped(recipient: str, head: MessageHead, directory: Directory) -> Step:
    key = directory.sealing_key_of(recipient, time_at(head.iat))
    if key is None:
        return failed("message", f"seal for {recipient}", "the directory has no valid sealing key to wrap it for")
    return ok(
        "message", f"seal for {recipient}", f"the content key is wrapped for {key.kid}; {recipient} alone opens it"
    )


def _delivery(to: RecipientState) -> Step:
    reason = f" ({to.reason})" if to.reason else ""
    says = f"{to.state}{reason}, at {to.at:%Y-%m-%d %H:%M:%S} UTC, after {to.attempts} attempts"
    if to.state in {MessageState.REFUSED, MessageState.EXPIRED}:
        return failed("message", f"delivery to {to.bureau}", says)
    if to.state in {MessageState.QUEUED, MessageState.SENT}:
        return Step(part="message", step=f"delivery to {to.bureau}", result="undecided", says=says)
    return ok("message", f"delivery to {to.bureau}", says)
