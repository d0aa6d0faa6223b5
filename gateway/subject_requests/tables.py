"""The tables of data subject requests, in the mailbox of the Commission alone.

A request is one row, each record that concerns the subject one row of `subject_records`, each step of an officer one
row of `subject_steps`. `subject`, `statement`, `new_fact`, `reasons`, `reason`, `corrections` and `problem` may name
the subject, and are emptied on the day `forget_on`. Dates are days in UTC; times are milliseconds since 1970; `due` of
a record is when the next attempt to carry out its remedy begins, or NULL.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from shared.bureaus import MAX_CODE
from shared.storage import Number, index_where
from shared.storage.migrations import TableSet

metadata: Final = sa.MetaData()
TABLES: Final = TableSet(metadata, Path(__file__).parent / "migrations")

requests: Final = sa.Table(
    "subject_requests",
    metadata,
    sa.Column("sequence", Number, primary_key=True, autoincrement=True),
    sa.Column("id", sa.String(36), nullable=False, unique=True),
    sa.Column("year", sa.SmallInteger, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("received", sa.Date, nullable=False),
    sa.Column("entered", sa.BigInteger, nullable=False),
    sa.Column("admitted", sa.Date),
    sa.Column("due", sa.Date),
    sa.Column("outcome", sa.String(14)),
    sa.Column("forget_on", sa.Date),
    # The number of the record that was attached last: no number is used twice.
    sa.Column("last_record", sa.SmallInteger, nullable=False),
    sa.Column("subject", sa.Text),
    sa.Column("statement", sa.Text),
    sa.Column("reasons", sa.Text),
    # Of a request for revision: the decided request, what that asked for, and the new fact.
    sa.Column("revises", sa.String(36)),
    sa.Column("revised_kind", sa.String(10)),
    sa.Column("discovered", sa.Date),
    sa.Column("new_fact", sa.Text),
    sa.UniqueConstraint("year", "number"),
    index_where("forget_on IS NOT NULL", "subject_requests_forget", "forget_on"),
)

records: Final = sa.Table(
    "subject_records",
    metadata,
    sa.Column("request", Number, sa.ForeignKey("subject_requests.sequence"), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("service", sa.String(40), nullable=False),
    # The path of its kind in the service, empty where there is one kind.
    sa.Column("path", sa.String(40), nullable=False),
    sa.Column("record", sa.String(36), nullable=False),
    sa.Column("owner", sa.String(MAX_CODE), nullable=False),
    sa.Column("act", sa.String(8)),
    # The officer in whose name it is carried out.
    sa.Column("officer", sa.String(255)),
    sa.Column("corrections", sa.Text),
    sa.Column("state", sa.String(11), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due", sa.BigInteger),
    sa.Column("problem", sa.Text),
    sa.Column("refused", sa.Boolean, nullable=False),
    # The answer of the service that carried it out, as JSON.
    sa.Column("proof", sa.Text),
    sa.UniqueConstraint("request", "service", "path", "record"),
    index_where("due IS NOT NULL", "subject_records_due", "due"),
)

steps: Final = sa.Table(
    "subject_steps",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("request", Number, sa.ForeignKey("subject_requests.sequence"), nullable=False, index=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("officer", sa.String(255), nullable=False),
    sa.Column("step", sa.String(20), nullable=False),
    # The number of the record that the step is about.
    sa.Column("record", sa.SmallInteger),
    sa.Column("reason", sa.Text),
)
