"""From an officer's draft to a sealed message in the outbox, all or nothing. Does NOT deliver it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Row
from starlette.datastructures import UploadFile

from gateway.messages.quotes import MessageQuotes
from gateway.messages.references import references_of
from shared.agreements import takes_messages
from shared.bureaus import BureauCode
from shared.crypto.ed25519 import encode_base64url
from shared.crypto.hpke import CHUNK_BYTES, ContentKey
from shared.errors import TooLarge
from shared.identity import Caller
from shared.ids import uuid7
from shared.mailbox import rules
from shared.mailbox.attachments import Attachments, require_outbox
from shared.mailbox.group_models import Group
from shared.mailbox.mailbox import Mailbox
from shared.mailbox.models import RESERVED_NAMES, AcceptedMessage, MessageDraft, MessageSummary
from shared.mailbox.outbox import require_readable
from shared.mailbox.quotas import Amount
from shared.mailbox.rows import outbox_row
from shared.mailbox.store import MailStore
from shared.mailbox.stores.quotes import Stated
from shared.protocol.messages import (
    MAX_ATTACHMENTS,
    MAX_ATTACHMENTS_BYTES,
    AttachmentMetadata,
    Content,
    Draft,
    seal_message,
)
from shared.rpc.participant import Participant


class MessageSender:
    """Accepts the drafts of one bureau."""

    def __init__(self, mailbox: Mailbox, bureau: Participant, quotes: MessageQuotes) -> None:
        self._mailbox = mailbox
        self._quotes = quotes
        self._bureau = bureau
        self._code = BureauCode(bureau.name)

    async def accept(
        self, draft: MessageDraft, caller: Caller, uploads: Sequence[UploadFile] = (), request_key: str | None = None
    ) -> AcceptedMessage:
        """Put a message into the outbox, from which it will be delivered. Raises what `rules` refuses.

        The same request key with the same draft is the same message: it is accepted once.
        """
        request = None if request_key is None else await _request(request_key, caller, draft, uploads)
        if request is not None and (before := await self._accepted_before(self._mailbox.reading, *request)):
            return before
        if len(uploads) > MAX_ATTACHMENTS:
            raise TooLarge(f"a message may have at most {MAX_ATTACHMENTS} attachments")
        at = self._bureau.clock.now()
        to, disclosed = await self._recipients(draft, at)
        until = rules.valid_until(draft, at)
        message_id = uuid7(at)
        references = await references_of(self._mailbox.reading, draft)
        thread = await self._thread(draft, references.answered) or message_id
        quotes, stated = await self._quotes.of(draft, references, caller, to)
        key = ContentKey.generate()
        kept = Attachments(self._mailbox, self._code, message_id, key)
        try:
            content = Content(
                officer=caller.officer,
                subject=draft.subject,
                body=draft.body,
                thread=thread,
                in_reply_to=draft.in_reply_to,
                attachments=await _keep_all(kept, uploads),
                quotes=quotes,
            )
            require_readable(content)
            sealed = seal_message(
                Draft(
                    id=message_id,
                    sender=self._code,
                    recipients=to,
                    disclosed=disclosed,
                    urgency=draft.urgency,
                    purpose=caller.purpose,
                    sent=at,
                    valid_until=until,
                    content=content,
                ),
                self._bureau.keys.signing,
                key,
            )
            row = outbox_row(sealed, to, at)
            accepted = AcceptedMessage(id=message_id, thread=thread, to=to, valid_until=until)
            done = await self._commit(row, accepted, request, stated)
        except BaseException:
            if uploads:
                await kept.drop()
            raise
        if uploads and done.id != message_id:
            await kept.drop()
        return done

    async def require_room(self, size: int) -> None:
        """Require that the outbox has room for so many bytes. Raises MailboxFull."""
        used = await self._mailbox.reading.usage.of(self._code)
        require_outbox(used + Amount(1, size), self._mailbox.quotas.outbox)

    async def _commit(
        self,
        row: dict[str, Any],
        accepted: AcceptedMessage,
        request: tuple[str, str] | None,
        stated: Sequence[Stated],
    ) -> AcceptedMessage:
        if request is not None:
            row |= {"request_key": request[0], "request_digest": request[1]}

        async def put(store: MailStore) -> AcceptedMessage:
            if request is not None and (before := await self._accepted_before(store, *request)):
                return before
            require_outbox(await store.enqueue(row, accepted.to), self._mailbox.quotas.outbox)
            await store.quotes.bind(each for each in stated if each.quote.owner != self._code)
            return accepted

        done = await self._mailbox.write(put)
        self._mailbox.changes.notify()
        return done

    async def _accepted_before(self, store: MailStore, key: str, digest: str) -> AcceptedMessage | None:
        row = await store.requested(key)
        if row is None:
            return None
        if row.request_digest != digest:
            raise rules.KeyReused(
                "was used with another message: choose a new one", at="/Idempotency-Key", place="header"
            )
        summary = MessageSummary.model_validate_json(row.summary)
        return AcceptedMessage.model_validate(summary.model_dump(include={"id", "thread", "to", "valid_until"}))

    async def _recipients(self, draft: MessageDraft, at: datetime) -> tuple[tuple[BureauCode, ...], bool]:
        group: Group | None = None
        if isinstance(draft.to, str) and draft.to not in RESERVED_NAMES:
            group = await self._mailbox.reading.groups.get(draft.to)

        directory = self._bureau.directory

        def is_reachable(code: BureauCode) -> bool:
            takes = takes_messages(code, directory.agreement_of(code), at.date())
            return takes and directory.sealing_key_of(code, at) is not None

        recipients = rules.recipients_of(draft, sender=self._code, is_reachable=is_reachable, group=group)
        return recipients, group is None or group.disclosed

    async def _thread(self, draft: MessageDraft, answered: Row[Any] | None) -> str | None:
        thread = draft.thread
        if thread is not None and not await self._mailbox.reading.thread_exists(thread):
            raise rules.UnknownThread("there is no such conversation in your boxes", at="/thread")
        if answered is None:
            return thread
        if thread not in (None, answered.thread):
            raise rules.UnknownThread("that message belongs to another conversation than `thread`", at="/in_reply_to")
        return str(answered.thread)


async def _keep_all(kept: Attachments, uploads: Sequence[UploadFile]) -> tuple[AttachmentMetadata, ...]:
    attachments: list[AttachmentMetadata] = []
    for number, upload in enumerate(uploads, start=1):
        room = MAX_ATTACHMENTS_BYTES - sum(each.size for each in attachments)
        attachments.append(await kept.keep(number, upload, room=room))
    return tuple(attachments)


async def _request(key: str, caller: Caller, draft: MessageDraft, uploads: Sequence[UploadFile]) -> tuple[str, str]:
    """Return the key under which a request is stored, and the digest that identifies a repetition."""
    files = [f"{upload.filename}\n{upload.content_type}\n{await _digest_of(upload)}" for upload in uploads]
    whole = "\n".join([caller.purpose, draft.model_dump_json(), *files])
    return _digest(f"{caller.officer} {key}"), _digest(whole)


async def _digest_of(upload: UploadFile) -> str:
    digest = hashlib.sha256()
    while piece := await upload.read(CHUNK_BYTES):
        digest.update(piece)
    await upload.seek(0)
    return encode_base64url(digest.digest())


def _digest(text: str) -> str:
    return encode_base64url(hashlib.sha256(text.encode()).digest())
