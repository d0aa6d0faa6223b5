"""The tables that every service has beside those of its records, and how a table of records is declared.

Times are seconds since 1970, with a fraction where the order matters.
"""

from typing import Any, Final

import sqlalchemy as sa

from shared.audit.tables import audit_metadata
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

# Why a version was made, where that was said: for what it was renewed, or by which decision it was corrected.
reasons: Final = sa.Table(
    "reasons",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# What the Commission decided on records and what came of it, by which the same decision is carried out once.
decisions: Final = sa.Table(
    "decisions",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("reference", sa.String(40), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("decision", sa.String(16), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    # Of the corrections; empty where the record was deleted since, as one could try what they were.
    sa.Column("digest", sa.String(43), nullable=False),
)


# How far those have come who follow the disclosures one after the other.
progress: Final = sa.Table(
    "progress",
    _common,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
)

# What is to be said to bureaus, until it is handed over.
outgoing: Final = sa.Table(
    "outgoing",
    _common,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("letter", sa.Text, nullable=False),
)


# Which versions hid a record from bureaus, or corrected it, a short time ago: an answer that shows it as it was may be
# under way still.
hidings: Final = sa.Table(
    "hidings",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
)

# Until when the owner was asked to decide whether a record is still needed.
reviews: Final = sa.Table(
    "reviews",
    _common,
    sa.Column("kind", sa.String(40), primary_key=True),
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("expires", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("letter", sa.String(36), nullable=False),
)

# What is left of a record that was deleted: nothing of what it said.
traces: Final = sa.Table(
    "traces",
    _common,
    sa.Column("record_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("owner", sa.String(4), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.BigInteger, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    # Of the decision by which it was deleted.
    sa.Column("reference", sa.String(40)),
)

# Searches of the past days, and those left standing: what is entered later is matched against them.
inquiries: Final = sa.Table(
    "inquiries",
    _common,
    # Of who searched and for what: the same search again is the same inquiry.
    sa.Column("digest", Number, primary_key=True, autoincrement=False),
    # Its id where it was left standing.
    sa.Column("subscription", sa.String(36)),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("bureau", sa.String(4), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("request", sa.String(36), nullable=False),
    # Of the audit log, with which it was written down first; none where it was left standing.
    sa.Column("leaf", sa.BigInteger),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False, index=True),
    sa.Column("query", sa.LargeBinary, nullable=False),
    # Those under which it is looked up, eight bytes each.
    sa.Column("packed_keys", sa.LargeBinary, nullable=False),
    index_where("subscription IS NOT NULL", "inquiries_standing", "bureau", "kind", "subscription"),
)

# How many records each owner entered that others find, and took back or ended soon after, day by day since 1970.
entry_counts: Final = sa.Table(
    "entry_counts",
    _common,
    sa.Column("owner", sa.String(4), primary_key=True),
    sa.Column("day", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entered", sa.Integer, nullable=False),
    sa.Column("taken_back", sa.Integer, nullable=False),
    sa.Column("ended_well", sa.Integer, nullable=False),
)

# When an officer was told last of a record that he found, and what he was shown since, to be told together.
hit_repeats: Final = sa.Table(
    "hit_repeats",
    _common,
    sa.Column("key", sa.String(400), primary_key=True),
    sa.Column("told", sa.Float(53), nullable=False, index=True),
    sa.Column("note", sa.Text),
)

# Digests of what an inquiry is looked up under when a record comes, such as a VIN: of nothing else, to be small.
inquiry_keys: Final = sa.Table(
    "inquiry_keys",
    _common,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("inquiry", sa.BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


def service_metadata(service: str) -> sa.MetaData:
    """Return the metadata for the tables of a service, with the tables that every service has."""
    metadata = sa.MetaData()
    metadata.info["service"] = service
    for table in (*audit_metadata.sorted_tables, *_common.sorted_tables):
        table.to_metadata(metadata)
    return metadata


def record_table(name: str, metadata: sa.MetaData, *keys: sa.Column[Any]) -> sa.Table:
    """Declare the table of a kind of record: what all share, the keys it is found by, and its content.

    `content` is the whole record as its owner stated it, as JSON; the columns are what SQL has to know.
    """
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("owner", sa.String(4), nullable=False, index=True),
        sa.Column("restricted", sa.Text, nullable=False),
        sa.Column("audience", sa.SmallInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        *keys,
        sa.Column("content", sa.Text, nullable=False),
    )
