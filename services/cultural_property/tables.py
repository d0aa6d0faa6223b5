"""The tables of the service, whose stores are in several modules."""

from typing import Final

import sqlalchemy as sa

from services.cultural_property import SERVICE
from services.cultural_property.queries import SIZES
from shared.records import service_kit as kit

metadata: Final = kit.service_metadata(SERVICE.name)
photograph_tables: Final = kit.PhotographTables(metadata)

works: Final = kit.record_table(
    "works",
    metadata,
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("is_sought", sa.Boolean, nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("subtype", sa.String(80), nullable=False),
    sa.Column("materials", sa.Text, nullable=False),
    sa.Column("made_first", sa.Integer),
    sa.Column("made_last", sa.Integer),
    *(sa.Column(size, sa.Float) for size in SIZES),
)
work_titles: Final = kit.NameIndex("work_title", metadata, works)
work_makers: Final = kit.NameIndex("work_maker", metadata, works)
work_words: Final = kit.WordIndex("work", metadata, works)

# By what photographs are found: see `photographs.py`.
photograph_points: Final = sa.Table(
    "photograph_points",
    metadata,
    # That of the photograph.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.String(36), nullable=False, index=True),
    sa.Column("points", sa.LargeBinary, nullable=False),
)
photograph_keys: Final = sa.Table(
    "photograph_keys",
    metadata,
    sa.Column("key", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("photograph", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
sought_pictures: Final = kit.SoughtImages(
    "picture", metadata, sa.Column("jpeg", sa.LargeBinary, nullable=False), at_most=100
)
