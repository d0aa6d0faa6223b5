"""What the migrations of all services have in common. A step is never changed once it has landed: add another."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from alembic import op

_TOGETHER: Final = 1_000


def put_under_rules() -> None:
    """Make the tables for former versions, the audit log, what is told to bureaus, retention and inquiries."""
    op.create_table(
        "audit_blocks",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number"),
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size"),
    )
    op.create_table(
        "audit_cosignatures",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness"),
    )
    op.create_table(
        "entry_counts",
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entered", sa.Integer(), nullable=False),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("ended_well", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "day"),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "audit_leaves",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("bureau", sa.String(length=4), nullable=False),
        sa.Column("officer", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("operation", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("audit_leaves_bureau", "audit_leaves", ["bureau", "number"], unique=False)
    op.create_index(op.f("ix_audit_leaves_at"), "audit_leaves", ["at"], unique=False)
    op.create_index(op.f("ix_audit_leaves_request"), "audit_leaves", ["request"], unique=False)
    op.create_table(
        "disclosures",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("bureau", sa.String(length=4), nullable=False),
        sa.Column("officer", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(precision=53), nullable=False),
        sa.Column("match", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "disclosures_changes",
        "disclosures",
        ["number"],
        unique=False,
        sqlite_where=sa.text("how = 'change'"),
        postgresql_where=sa.text("how = 'change'"),
    )
    op.create_index("disclosures_owner", "disclosures", ["owner", "leaf"], unique=False)
    op.create_index("disclosures_record", "disclosures", ["record_id", "bureau"], unique=False)
    op.create_index(op.f("ix_disclosures_leaf"), "disclosures", ["leaf"], unique=False)
    op.create_table(
        "former_versions",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", "version"),
    )
    op.create_table(
        "hidings",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "version"),
    )
    op.create_index(op.f("ix_hidings_at"), "hidings", ["at"], unique=False)
    op.create_table(
        "inquiries",
        sa.Column("digest", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("subscription", sa.String(length=36), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("bureau", sa.String(length=4), nullable=False),
        sa.Column("officer", sa.String(length=255), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("request", sa.String(length=36), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("query", sa.LargeBinary(), nullable=False),
        sa.Column("packed_keys", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index(
        "inquiries_standing",
        "inquiries",
        ["bureau", "kind", "subscription"],
        unique=False,
        sqlite_where=sa.text("subscription IS NOT NULL"),
        postgresql_where=sa.text("subscription IS NOT NULL"),
    )
    op.create_index(op.f("ix_inquiries_until"), "inquiries", ["until"], unique=False)
    op.create_table(
        "hit_repeats",
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("told", sa.Float(precision=53), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_hit_repeats_told"), "hit_repeats", ["told"], unique=False)
    op.create_table(
        "inquiry_keys",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("inquiry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("key", "inquiry"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "progress",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "reasons",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "version"),
    )
    op.create_table(
        "reviews",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("expires", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("letter", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("kind", "record_id", "expires"),
    )
    op.create_table(
        "traces",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index(op.f("ix_traces_owner"), "traces", ["owner"], unique=False)
    op.create_table(
        "withdrawals",
        sa.Column("letter", sa.String(length=36), nullable=False),
        sa.Column("bureau", sa.String(length=4), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("letter", "bureau"),
    )
    op.create_index(op.f("ix_withdrawals_record_id"), "withdrawals", ["record_id"], unique=False)
    op.add_column("handled_requests", sa.Column("account", sa.Text(), nullable=True))


def salt_disclosures() -> None:
    """Keep the salt of each record's digest, which was made of that of its leaf, beside it, to be deleted."""
    op.add_column("disclosures", sa.Column("salt", sa.LargeBinary(), nullable=True))
    names = "number", "kind", "record_id", "version", "owner", "rule", "how", "score", "match", "digest", "salt"
    shown = sa.table("disclosures", *map(sa.column, names), sa.column("leaf"))
    leaves = sa.table("audit_leaves", sa.column("number"), sa.column("salt"))
    page = (
        sa.select(*(shown.c[name] for name in names[:-1]), leaves.c.salt.label("of_leaf"))
        .join_from(shown, leaves, leaves.c.number == shown.c.leaf)
        .where(shown.c.number > sa.bindparam("after"))
        .order_by(shown.c.number)
        .limit(_TOGETHER)
    )
    keep = sa.update(shown).where(shown.c.number == sa.bindparam("of")).values(salt=sa.bindparam("own"))
    connection, after = op.get_bind(), 0
    while rows := connection.execute(page, {"after": after}).all():
        if own := list(_salts(rows)):
            connection.execute(keep, own)
        after = rows[-1].number


def _salts(rows: Any) -> Iterator[dict[str, Any]]:
    for row in rows:
        stated = (row.kind, row.record_id, row.version, row.owner, row.rule, row.how, float(row.score), row.match)
        spelled = msgspec.json.encode(stated)
        own = sha256(row.of_leaf + spelled).digest()[:16]
        # What was forgotten gives another digest.
        if _base64url(sha256(own + spelled).digest()) == row.digest:
            yield {"of": row.number, "own": own}


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def remember_decisions() -> None:
    """Make the table by which a decision is carried out once, and enter what was carried out before."""
    op.create_table(
        "decisions",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "reference"),
    )
    # By the operation, as an owner may have written the same words as the reason of a renewal.
    op.execute(
        sa.text(
            "INSERT INTO decisions (record_id, reference, kind, decision, version, at, digest) "
            "SELECT reasons.record_id, reasons.reason, disclosures.kind, 'correct', "
            "MIN(reasons.version), MIN(disclosures.at), '' "
            "FROM reasons JOIN disclosures ON disclosures.record_id = reasons.record_id "
            "AND disclosures.version = reasons.version AND disclosures.how = 'change' "
            "JOIN audit_leaves ON audit_leaves.number = disclosures.leaf "
            "WHERE audit_leaves.operation LIKE 'decide_on_%' "
            "GROUP BY reasons.record_id, reasons.reason, disclosures.kind"
        )
    )
    op.execute(
        sa.text(
            "INSERT INTO decisions (record_id, reference, kind, decision, version, at, digest) "
            "SELECT record_id, reference, kind, 'delete', version, deleted, '' FROM traces WHERE act = 'decided'"
        )
    )


def forget_names(kind: str) -> None:
    """Remove the names that no record of a kind has any more, and have the variants of a name found by an index."""
    names, variants = f"{kind}_names", f"{kind}_name_variants"
    op.create_index(op.f(f"ix_{variants}_token"), variants, ["token"], unique=False)
    op.execute(
        f"DELETE FROM {variants} WHERE NOT EXISTS (SELECT 1 FROM {names} WHERE {names}.token = {variants}.token)"  # noqa: S608 - of names of this program
    )


def follow_answers_under_way() -> None:
    """Note up to which disclosure a bureau was told of a record, and corrections to be looked at again as well."""
    _add_filled("hidings", sa.Column("act", sa.String(length=16), nullable=False, server_default="withdrawn"))
    _add_filled("withdrawals", sa.Column("seen", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE withdrawals SET seen = COALESCE((SELECT MAX(number) FROM disclosures "
        "WHERE disclosures.record_id = withdrawals.record_id AND disclosures.bureau = withdrawals.bureau "
        "AND disclosures.at <= withdrawals.at), 0)"
    )


def let_logs_restart() -> None:
    """Make the table of the leaves with which the audit log went on after a part of it was lost."""
    op.create_table(
        "audit_restarts",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("generation"),
    )


def number_disclosures() -> None:
    """Begin the lists of disclosures, which owners can prove to have no gap; what came before is in none."""
    _add_filled("disclosures", sa.Column("listed_for", sa.String(length=4), nullable=False, server_default=""))
    _add_filled("disclosures", sa.Column("nth", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_index("disclosures_owner", table_name="disclosures")
    op.create_index("disclosures_listed", "disclosures", ["listed_for", "leaf", "nth"], unique=False)
    _add_filled("audit_head", sa.Column("secret", sa.LargeBinary(), nullable=False, server_default=""))
    _add_filled("audit_head", sa.Column("lengths", sa.LargeBinary(), nullable=False, server_default="{}"))
    _add_filled("audit_checkpoints", sa.Column("lengths", sa.LargeBinary(), nullable=False, server_default="{}"))
    head = sa.table("audit_head", sa.column("secret"), sa.column("lengths"))
    op.execute(sa.update(head).values(secret=os.urandom(32), lengths=b"{}"))


def _add_filled(table: str, column: sa.Column[Any]) -> None:
    # SQLite adds no column without a value for the rows that are there, and cannot take it away again.
    op.add_column(table, column)
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, column.name, existing_type=column.type, existing_nullable=False, server_default=None)
