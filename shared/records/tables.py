"""The tables that every service has beside those of its records, and how a table of records is declared.

Times are seconds since 1970, with a fraction where the order matters.
"""

from typing import Any, Final

import sqlalchemy as sa

from shared.storage import Number, index_where

_common: Final = sa.MetaData()

handled: Final = sa.Table(
    "handled_requests",
    _common,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),
    # What the request did, until that is in the audit log.
    sa.Column("account", sa.Text),
)

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

audit_head: Final = sa.Table(
    "audit_head",
    _common,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    # Of which the keys of all lists of disclosures are made.
    sa.Column("secret", sa.LargeBinary, nullable=False),
    # How long each of them is, by whose it is, as JSON.
    sa.Column("lengths", sa.LargeBinary, nullable=False),
)

# With which leaf the log went on after a part of it was lost: the last one's generation is the present one.
audit_restarts: Final = sa.Table(
    "audit_restarts",
    _common,
    sa.Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("leaf", sa.BigInteger, nullable=False),
)

audit_leaves: Final = sa.Table(
    "audit_leaves",
    _common,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float(53), nullable=False, index=True),
    sa.Column("bureau", sa.String(4), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("operation", sa.String(64), nullable=False),
    sa.Column("request", sa.String(36), nullable=False, index=True),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Index("audit_leaves_bureau", "bureau", "number"),
)

# The hash of each full block of 256 at each level: of leaves, of blocks, of blocks of blocks.
audit_blocks: Final = sa.Table(
    "audit_blocks",
    _common,
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

audit_checkpoints: Final = sa.Table(
    "audit_checkpoints",
    _common,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    # How long each list of disclosures was then.
    sa.Column("lengths", sa.LargeBinary, nullable=False),
)

audit_cosignatures: Final = sa.Table(
    "audit_cosignatures",
    _common,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("witness", sa.String(64), primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
)

# Which versions of records were shown to whom, and made by whom: what stands behind the commitment of each leaf.
disclosures: Final = sa.Table(
    "disclosures",
    _common,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("leaf", sa.BigInteger, nullable=False, index=True),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("request", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(4), nullable=False),
    sa.Column("bureau", sa.String(4), nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(32), nullable=False),
    sa.Column("rule", sa.String(32), nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("score", sa.Float(53), nullable=False),
    # Holds what met what, so it is emptied when the record is deleted.
    sa.Column("match", sa.Text, nullable=False),
    # In whose list it is, and under which number from 1: the owner's, but for what the Commission was shown.
    sa.Column("listed_for", sa.String(4), nullable=False),
    sa.Column("nth", sa.BigInteger, nullable=False),
    # Of all that, as it was then: without it nothing could be proven of the others.
    sa.Column("digest", sa.String(43), nullable=False),
    # Of that digest, and deleted with the record: without it no guess of what was shown can be tested.
    sa.Column("salt", sa.LargeBinary),
    sa.Index("disclosures_record", "record_id", "bureau"),
    sa.Index("disclosures_listed", "listed_for", "leaf", "nth"),
    # Changes are few among thousands of searches a second, and who follows them skips the rest.
    index_where("how = 'change'", "disclosures_changes", "number"),
    sqlite_autoincrement=True,
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

# Who was told to remove or replace the copies of a record, and by which letter.
withdrawals: Final = sa.Table(
    "withdrawals",
    _common,
    sa.Column("letter", sa.String(36), primary_key=True),
    sa.Column("bureau", sa.String(4), primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("record_id", sa.String(36), nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),
    # The number of the last disclosure to the bureau at that time: what it is shown later, it was not told of.
    sa.Column("seen", sa.BigInteger, nullable=False),
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
    for table in _common.sorted_tables:
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
