"""Makes of a message that is kept the file that proves it to others."""

from typing import Any

from sqlalchemy.engine import Row

from shared.mailbox.rows import blinds_of
from shared.mailbox.store import MailStore
from shared.protocol.directory import Directory
from shared.protocol.evidence import ProvenMessage, assemble


async def evidence_of(store: MailStore, row: Row[Any], directory: Directory) -> bytes:
    """Return the evidence file of a message, with all receipts for it that are here."""
    receipts = await store.receipts.of(row.number)
    proven = ProvenMessage(
        signature=row.signature, body=row.sealed, content=row.content, salt=row.salt, blinds=blinds_of(row)
    )
    return assemble(proven, [receipt.signature for receipt in receipts], directory.signed_entries())
