"""The sessions of officers in a browser, in the mailbox of their bureau.

The cookie of a session is a secret that is stored nowhere: `key` is its digest, and `sealed` the access token under a
key derived from it. Times are milliseconds since 1970.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

browser_sessions: Final = sa.Table(
    "browser_sessions",
    metadata,
    sa.Column("key", sa.String(43), primary_key=True),
    sa.Column("officer", sa.String(255), nullable=False, index=True),
    sa.Column("sealed", sa.Text, nullable=False),
    # Empty before the officer has chosen one.
    sa.Column("purpose", sa.String(40), nullable=False),
    sa.Column("began", sa.BigInteger, nullable=False),
    sa.Column("used", sa.BigInteger, nullable=False),
    sa.Column("ends", sa.BigInteger, nullable=False, index=True),
)
