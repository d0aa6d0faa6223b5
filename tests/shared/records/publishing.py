"""A publisher of records in a network of some participants, and what each is sent."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared.audit.tables import disclosures
from shared.bureaus import kind_of
from shared.crypto.ed25519 import SigningKey
from shared.mailbox.notifications import Notification
from shared.protocol.directory import Directory
from shared.protocol.payloads import Publication
from shared.records.publisher import Publisher
from tests.shared.directories import directory, entry
from tests.shared.records.record_kind import ThingRecords, ThingStore

IN_THE_NETWORK = ("CCF", "DE", "FR", "IPSG", "IPSG-DVI", "IPSG-NDTF", "IPSG-TRAIN", "KE", "PL", "PUBLIC", "RB-ABJ")
READERS = {"DE", "IPSG", "IPSG-DVI", "IPSG-NDTF", "KE", "PL", "RB-ABJ"}


def network(*more: Any) -> Directory:
    """Return a directory of bureaus, units, the Commission and the public, and of more entries."""
    keys = (SigningKey(bytes([0, number]) * 16) for number in range(256))
    plain = [entry(key, code, kind=kind_of(code)) for code, key in zip(IN_THE_NETWORK, keys, strict=False)]
    return directory(*plain, *more)


def publisher_of(records: ThingRecords, book: Directory | None = None) -> Publisher:
    return Publisher([ThingStore], records.database, records.log, book or network(), records.clock)


async def sent(records: ThingRecords, book: Directory | None = None) -> dict[str, Publication]:
    """Send what is due, and return what each recipient got."""
    await publisher_of(records, book).run_once()
    return by_recipient(await records.notifications())


def by_recipient(notifications: Sequence[Notification]) -> dict[str, Publication]:
    """Return the publications among notifications; each is for one recipient."""
    found: dict[str, Publication] = {}
    for each in notifications:
        if isinstance(each.form, Publication):
            [recipient] = each.recipients
            assert recipient not in found
            found[recipient] = each.form
    return found


async def published_rows(records: ThingRecords) -> list[tuple[str, int, str]]:
    row = disclosures.c
    rows = sa.select(row.bureau, row.version, row.listed_for).where(row.how == "published").order_by(row.number)
    return [tuple(each) for each in await records.database.reading.fetch(rows)]
