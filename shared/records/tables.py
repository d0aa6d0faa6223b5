"""The tables that every service has besides those of its records, and the table of a kind of record.

Times are seconds since 1970, with a fraction where the order matters.
"""

from typing import Any, Final

import sqlalchemy as sa

from shared.audit.tables import audit_metadata
from shared.bureaus import MAX_CODE
from shared.storage import Number, index_where

_common: Final = sa.MetaData()

# What a record was before each of its changes.
former_versions: Final = sa.Table(
    "former_versions",
    _common,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
)

# Why a version was made: the reason of a renewal, or the reference of a decision.
reasons: Final = sa.Table(
    "reasons",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# The decisions of the Commission that were carried out.
decisions: Final = sa.Table(
    "decisions",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("reference", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("decision", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    # Of the corrections; empty if the record was deleted since, as the corrections could be guessed from it.
    sa.Column("digest", sa.String(43), nullable=False),
)

# The cursors of jobs that follow the disclosures.
progress: Final = sa.Table(
    "progress",
    _common,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

# Notifications, until they are relayed.
outgoing: Final = sa.Table(
    "outgoing",
    _common,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("notification", sa.Text, nullable=False),
)

# Records that are to be sent to those who may see them: to all, or only to those who were not sent them before.
announcements: Final = sa.Table(
    "announcements",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("to_all", sa.Boolean, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
)

# Versions that hid a record from bureaus, or corrected it, a short time ago: an answer with the record as it was may
# still be under way.
recall_checks: Final = sa.Table(
    "recall_checks",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
)

# Reviews that the owner of a record was asked for, by the expiry of the record.
reviews: Final = sa.Table(
    "reviews",
    _common,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("expires", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("message", sa.String(36), nullable=False),
)

# The tombstones of deleted records.
tombstones: Final = sa.Table(
    "tombstones",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(MAX_CODE), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.BigInteger, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    # Of the decision by which it was deleted.
    sa.Column("reference", sa.String(40)),
)

# No subscription.
COSTLY_SEARCH: Final = "costly AND subscription IS NULL"

# Saved searches and subscriptions, and what partners saw.
saved_searches: Final = sa.Table(
    "saved_searches",
    _common,
    # The same for the same search of the same officer for the same purpose.
    sa.Column("digest", Number, primary_key=True, autoincrement=False),
    # The id of a subscription.
    sa.Column("subscription", sa.String(36)),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("bureau", sa.String(MAX_CODE), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("request", sa.String(36), nullable=False),
    # The leaf of the audit log that the search was saved with; none for a subscription or a sighting.
    sa.Column("leaf", sa.BigInteger),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False, index=True),
    sa.Column("query", sa.LargeBinary, nullable=False),
    # The keys under which it is looked up, eight bytes each.
    sa.Column("packed_keys", sa.LargeBinary, nullable=False),
    # Whether it takes long to compare a record with it, and has many keys: few of these are kept and compared.
    sa.Column("costly", sa.Boolean, nullable=False),
    # Where a partner saw what the search is for, as JSON, and the records of which was alerted for it.
    sa.Column("sighting", sa.Text),
    index_where("subscription IS NOT NULL", "saved_searches_subscription", "bureau", "kind", "subscription"),
    index_where("sighting IS NOT NULL", "saved_searches_sighting", "bureau", "at"),
    index_where(COSTLY_SEARCH, "saved_searches_costly", "bureau", "kind", "until"),
)

# How many records each owner entered that others find, and took back or ended soon after; days since 1970.
entry_counts: Final = sa.Table(
    "entry_counts",
    _common,
    sa.Column("owner", sa.String(MAX_CODE), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entered", sa.Integer, nullable=False),
    sa.Column("taken_back", sa.Integer, nullable=False),
    sa.Column("ended_well", sa.Integer, nullable=False),
)


def repeats_table(name: str, metadata: sa.MetaData) -> sa.Table:
    """Declare when each thing was last told of, and its repeats since, which are gathered."""
    return sa.Table(
        name,
        metadata,
        sa.Column("key", sa.String(400), primary_key=True),
        sa.Column("notified", sa.Float(53), nullable=False, index=True),
        sa.Column("repeats", sa.Text),
    )


# Of hits: when an officer was last notified of one on a record.
hit_repeats: Final = repeats_table("hit_repeats", _common)

# Digests of the terms of a search, such as a VIN, by which a record finds it.
saved_search_keys: Final = sa.Table(
    "saved_search_keys",
    _common,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("search", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


# To which records, also of other services, the owner of a record says that it belongs.
record_links: Final = sa.Table(
    "record_links",
    _common,
    sa.Column("linked", sa.String(36), primary_key=True),
    sa.Column("owner", sa.String(MAX_CODE), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The field copies that bureaus took for their posts, numbered for each bureau and kind of record.
field_copies: Final = sa.Table(
    "field_copies",
    _common,
    sa.Column("bureau", sa.String(MAX_CODE), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("confidential", sa.Boolean, nullable=False),
    # The id up to which the records were compared; empty before the first, null when all were.
    sa.Column("upto", sa.String(36)),
    # Of each owner, as JSON; null until the copy is ready.
    sa.Column("shares", sa.LargeBinary),
    # The leaf of the audit log that has it.
    sa.Column("leaf", Number),
    # Few are being prepared.
    index_where("leaf IS NULL", "field_copies_ordered", "at", "id"),
)

# The versions of records in the field copies of each bureau: from the copy in which each was added, to before that in
# which it was removed.
copied_records: Final = sa.Table(
    "copied_records",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("bureau", sa.String(MAX_CODE), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("added", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("removed", sa.Integer),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(MAX_CODE), nullable=False),
    # Of one owner, in the order of the tree over them.
    sa.Index("copied_records_owner", "owner", "bureau", "record_id"),
    sqlite_with_rowid=False,
)

# The packs and differentials that were made for posts, and what each post signed of them.
field_packs: Final = sa.Table(
    "field_packs",
    _common,
    # Of its signature.
    sa.Column("digest", sa.String(43), primary_key=True),
    sa.Column("bureau", sa.String(MAX_CODE), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("post", sa.String(40), nullable=False),
    sa.Column("post_key", sa.String(43), nullable=False),
    sa.Column("after", sa.Integer),
    sa.Column("previous", sa.String(43)),
    sa.Column("made", sa.Float(53), nullable=False),
    sa.Column("expires", sa.Float(53), nullable=False),
    # When the post applied it, what it signed of that, and the receipt of the bureau for it.
    sa.Column("applied", sa.Float(53)),
    sa.Column("statement", sa.Text),
    sa.Column("receipt", sa.Text),
    sa.Index("field_packs_copy", "bureau", "kind", "number"),
    sa.Index("field_packs_post", "bureau", "kind", "post_key", "number"),
)

# The last entry that each post handed in of its log of searches.
post_logs: Final = sa.Table(
    "post_logs",
    _common,
    sa.Column("bureau", sa.String(MAX_CODE), primary_key=True),
    sa.Column("post_key", sa.String(43), primary_key=True),
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("digest", sa.String(43), nullable=False),
)


ADMITTED: Final = "reach < 0 OR admitted <> ''"
"""Of a row that a participant may see whose reach is that of no member."""


def service_metadata(service: str) -> sa.MetaData:
    """Return metadata for the tables of a service, with the tables that every service has."""
    metadata = sa.MetaData()
    metadata.info["service"] = service
    for table in (*audit_metadata.sorted_tables, *_common.sorted_tables):
        table.to_metadata(metadata)
    return metadata


def record_table(name: str, metadata: sa.MetaData, *keys: sa.Column[Any] | sa.Index) -> sa.Table:
    """Declare the table of a kind of record, with the columns by which it is found; `content` is all of it, as JSON.

    An owner gives a reference once; many records have none, as NULL is distinct in an index. The reference is its first
    column, as lists are read by it in constant time, which a partial index would not allow.
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(MAX_CODE), nullable=False),
        sa.Column("reference", sa.String(60)),
        sa.Column("restricted", sa.Text, nullable=False),
        sa.Column("admitted", sa.Text, nullable=False),
        sa.Column("reach", sa.SmallInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *keys,
        sa.Column("content", sa.Text, nullable=False),
        sa.Index(f"{name}_reference", "reference", "owner", unique=True),
        # With the id, by which lists are in order, and pages of what expires are.
        sa.Index(f"{name}_owner", "owner", "id"),
        sa.Index(f"{name}_expires", "expires", "id"),
        # What no member sees by its reach, such as what ended: few of millions.
        index_where("reach > 0", f"{name}_unshared", "owner", "id"),
        # What partners and the public may see, of which others see most without being named.
        index_where(ADMITTED, f"{name}_admitted", "id"),
    )
