"""The first tables: records, their prints, the order in which the gallery changed, and the requests carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0001_fingerprints"
down_revision = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "fingerprint_records",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("restricted", sa.Text(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_fingerprint_records_expires"), "fingerprint_records", ["expires"], unique=False)
    op.create_index(op.f("ix_fingerprint_records_owner"), "fingerprint_records", ["owner"], unique=False)
    op.create_index(op.f("ix_fingerprint_records_reference"), "fingerprint_records", ["reference"], unique=False)
    op.create_table(
        "gallery_turn",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "handled_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_handled_requests_at"), "handled_requests", ["at"], unique=False)
    op.create_table(
        "prints",
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("template", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=16), nullable=True),
        sa.Column("image", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["fingerprint_records.id"],
        ),
        sa.PrimaryKeyConstraint("record_id", "position"),
    )
    op.create_index(op.f("ix_prints_changed"), "prints", ["changed"], unique=False)
    turns = sa.table("gallery_turn", sa.column("id", sa.SmallInteger), sa.column("last", sa.BigInteger))
    op.bulk_insert(turns, [{"id": 1, "last": 0}])
