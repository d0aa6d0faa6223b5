"""The tables of notices: the records, what they are found by, their numbers, and counted decisions."""

from typing import Final

import sqlalchemy as sa

from services.notices.public_list.extracts import ExtractList
from services.notices.public_list.rows import extract_table
from services.notices.subjects import particulars
from services.notices.tables import metadata
from shared.bureaus import MAX_CODE
from shared.records import service_kit as kit

notices = kit.record_table(
    "notices",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("colour", sa.String(16), nullable=False),
    sa.Column("number", sa.String(16), unique=True),
    sa.Column("sex", sa.String(1)),
    sa.Column("person_status", sa.String(20)),
    sa.Column("nationalities", sa.Text, nullable=False),
    # Why and since when it waits for the reviewers, in seconds since 1970; null if it does not.
    sa.Column("to_review", sa.String(16)),
    sa.Column("to_review_since", sa.BigInteger),
    # Whether the reviewers refused or cancelled it, or refused an update of it.
    sa.Column("was_refused", sa.Boolean, nullable=False),
    # Who sees that it is being processed, as `reach` and `admitted` say of the notice itself; null if it is not.
    sa.Column("asked_reach", sa.SmallInteger),
    sa.Column("asked_admitted", sa.Text),
    kit.index_where("to_review IS NOT NULL", "notices_to_review", "to_review_since", "id"),
    kit.index_where("asked_reach IS NOT NULL", "notices_asked", "number"),
)
WAS_REFUSED: Final = sa.text("was_refused")
# By it the screening finds what was refused to a bureau.
sa.Index("notices_refused", notices.c.owner, notices.c.id, sqlite_where=WAS_REFUSED, postgresql_where=WAS_REFUSED)
notice_particulars = particulars.particulars("notice", metadata, notices)
notice_names = kit.NameIndex("notice", metadata, notices)
public_extracts = ExtractList(extract_table(metadata, notices), notices)
# All that were ever given, as none is given again when its notice is deleted.
notice_numbers = sa.Table(
    "notice_numbers",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
)
# What the reviewers decided, of notices that are open to all bureaus.
notice_counts = sa.Table(
    "notice_counts",
    metadata,
    sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("bureau", sa.String(MAX_CODE), primary_key=True),
    sa.Column("colour", sa.String(16), primary_key=True),
    sa.Column("outcome", sa.String(16), primary_key=True),
    sa.Column("reason", sa.String(16), primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)
