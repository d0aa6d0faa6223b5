"""What a service has to tell bureaus: kept in its own store, committed with what it is about, until handed over."""

import asyncio
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa

from shared.bureaus import BureauCode
from shared.logs import Log
from shared.mailbox.notifications import Notification, Notifier
from shared.protocol import payloads
from shared.records.tables import outgoing
from shared.storage import Database, Rows, Session

BATCH_SIZE: Final = 50

_put: Final = sa.insert(outgoing)
_next: Final = (
    sa.select(outgoing)
    .where(outgoing.c.id > sa.bindparam("after"))
    .order_by(outgoing.c.id)
    .limit(sa.bindparam("at_most"))
)
_handed_over: Final = sa.delete(outgoing).where(outgoing.c.id.in_(sa.bindparam("ids", expanding=True)))


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    recipients: tuple[BureauCode, ...]
    disclosed: bool
    urgent: bool
    purpose: str
    subject: str
    form: str
    body: str
    written: datetime


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Kept).decode


async def enqueue(session: Session, letters: Iterable[Notification]) -> None:
    """Have letters handed over once the transaction is committed."""
    if rows := [{"id": letter.id, "letter": _encode(_kept(letter)).decode()} for letter in letters]:
        await session.execute(_put, rows)


class OutboxRelay:
    """Hands over what is to go out."""

    def __init__(self, database: Database, post: Notifier, log: Log) -> None:
        self._database = database
        self._post = post
        self._log = log
        self._unreadable: set[str] = set()

    async def turn(self) -> None:
        """Hand over what there is. What was handed over and not noted as such is handed over again, and taken once."""
        last, failures = "", list[BaseException]()
        while rows := await self._database.reading.fetch(_next, {"after": last, "at_most": BATCH_SIZE}):
            last, letters = rows[-1].id, list(self._readable(rows))
            outcomes = await asyncio.gather(*map(self._post.send, letters), return_exceptions=True)
            taken = [letter.id for letter, failed in zip(letters, outcomes, strict=True) if failed is None]
            if taken:
                async with self._database.writing() as session:
                    await session.execute(_handed_over, {"ids": taken})
            failures += [failed for failed in outcomes if failed is not None]
        if failures:
            # Those that were taken are gone; the rest is tried again at the next turn.
            raise failures[0]

    def _readable(self, rows: Rows) -> Iterator[Notification]:
        """Yield the letters that can be read; one that was damaged stays, and keeps no other from going."""
        for row in rows:
            try:
                yield _letter(_decode(row.letter))
            except ValueError as error:
                if row.id not in self._unreadable:
                    self._unreadable.add(row.id)
                    self._log.failure("letter-unreadable", error, id=row.id)


def _kept(letter: Notification) -> _Kept:
    return _Kept(
        id=letter.id,
        recipients=letter.recipients,
        disclosed=letter.disclosed,
        urgent=letter.urgent,
        purpose=letter.purpose,
        subject=letter.subject,
        form=payloads.name_of(letter.form),
        body=payloads.write(letter.form),
        written=letter.written,
    )


def _letter(kept: _Kept) -> Notification:
    return Notification(
        id=kept.id,
        recipients=kept.recipients,
        disclosed=kept.disclosed,
        urgent=kept.urgent,
        purpose=kept.purpose,
        subject=kept.subject,
        form=payloads.read(kept.form, kept.body),
        written=kept.written,
    )
