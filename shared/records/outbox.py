"""The outbox of a service: notifications are committed with what they are about, and relayed to a notifier."""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict

from shared.logs import Log
from shared.mailbox.notifications import Notification, NotificationHead, Notifier
from shared.protocol import payloads
from shared.records.tables import outgoing
from shared.storage import Database, Rows, Session, next_after

BATCH_SIZE: Final = 50

_put: Final = sa.insert(outgoing)
_next: Final = next_after(sa.select(outgoing), outgoing.c.id)
_delete: Final = sa.delete(outgoing).where(outgoing.c.id.in_(sa.bindparam("ids", expanding=True)))


class _Stored(NotificationHead, frozen=True, kw_only=True):
    form: str
    body: str


async def enqueue(session: Session, notifications: Iterable[Notification]) -> None:
    """Send notifications once the transaction is committed."""
    if rows := [{"id": each.id, "notification": _encoded(each)} for each in notifications]:
        await session.execute(_put, rows)


class OutboxRelay:
    """Sends what is in the outbox to a notifier."""

    def __init__(self, database: Database, notifier: Notifier, log: Log) -> None:
        self._database = database
        self._notifier = notifier
        self._log = log
        self._unreadable: set[str] = set()

    async def run_once(self) -> None:
        """Send what there is. What was sent and not deleted here is sent again; the notifier takes it once."""
        last, failures = "", list[BaseException]()
        while rows := await self._database.reading.fetch(_next, {"after": last, "at_most": BATCH_SIZE}):
            # A withdrawal removes what is in the mailbox of the record, so it comes last.
            last, readable = rows[-1].id, sorted(self._readable(rows), key=_withdraws)
            outcomes = [outcome for _, some in groupby(readable, _withdraws) for outcome in await self._send(some)]
            if sent := [each.id for each, failed in zip(readable, outcomes, strict=True) if failed is None]:
                async with self._database.writing() as session:
                    await session.execute(_delete, {"ids": sent})
            failures += [failed for failed in outcomes if failed is not None]
        if failures:
            # The rest is sent at the next run.
            raise failures[0]

    async def _send(self, some: Iterable[Notification]) -> list[BaseException | None]:
        return await asyncio.gather(*map(self._notifier.send, some), return_exceptions=True)

    def _readable(self, rows: Rows) -> Iterator[Notification]:
        """Yield the notifications that can be read; a damaged one stays, and does not delay the others."""
        for row in rows:
            try:
                yield _decoded(row.notification)
            except ValueError as error:
                if row.id not in self._unreadable:
                    self._unreadable.add(row.id)
                    self._log.failure("notification-unreadable", error, id=row.id)


def _withdraws(notification: Notification) -> bool:
    return isinstance(notification.form, payloads.Withdrawal)


def _encoded(notification: Notification) -> str:
    form = notification.form
    fields = asdict(notification) | {"form": payloads.name_of(form), "body": payloads.write(form)}
    return msgspec.json.encode(_Stored(**fields)).decode()


def _decoded(text: str) -> Notification:
    stored = asdict(msgspec.json.decode(text, type=_Stored))
    form = payloads.read(stored.pop("form"), stored.pop("body"))
    return Notification(form=form, **stored)
