"""The first tables: persons with their names, bodies, and the requests that were carried out."""

import sqlalchemy as sa
from alembic import op

revision = "0001_missing_persons"
down_revision = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "bodies",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("restricted", sa.Text(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("age_min", sa.SmallInteger(), nullable=True),
        sa.Column("age_max", sa.SmallInteger(), nullable=True),
        sa.Column("height_min", sa.SmallInteger(), nullable=True),
        sa.Column("height_max", sa.SmallInteger(), nullable=True),
        sa.Column("found_date", sa.Date(), nullable=False),
        sa.Column("found_place", sa.Text(), nullable=False),
        sa.Column("found_country", sa.String(length=2), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_bodies_expires"), "bodies", ["expires"], unique=False)
    op.create_index(op.f("ix_bodies_found_date"), "bodies", ["found_date"], unique=False)
    op.create_index(op.f("ix_bodies_owner"), "bodies", ["owner"], unique=False)
    op.create_table(
        "handled_requests",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_handled_requests_at"), "handled_requests", ["at"], unique=False)
    op.create_table(
        "person_name_variants",
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("variant", "token"),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=4), nullable=False),
        sa.Column("restricted", sa.Text(), nullable=False),
        sa.Column("audience", sa.SmallInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=False),
        sa.Column("born_first", sa.Date(), nullable=True),
        sa.Column("born_last", sa.Date(), nullable=True),
        sa.Column("nationalities", sa.Text(), nullable=False),
        sa.Column("last_seen_date", sa.Date(), nullable=False),
        sa.Column("last_seen_place", sa.Text(), nullable=False),
        sa.Column("last_seen_country", sa.String(length=2), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_persons_expires"), "persons", ["expires"], unique=False)
    op.create_index(op.f("ix_persons_last_seen_date"), "persons", ["last_seen_date"], unique=False)
    op.create_index(op.f("ix_persons_owner"), "persons", ["owner"], unique=False)
    op.create_table(
        "person_names",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("record_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["persons.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", "record_id"),
    )
    op.create_index(op.f("ix_person_names_record_id"), "person_names", ["record_id"], unique=False)
