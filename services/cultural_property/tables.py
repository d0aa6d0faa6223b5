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
