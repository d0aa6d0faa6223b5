"""The metadata to which the stores of all kinds of records add their tables."""

from typing import Final

import sqlalchemy as sa

from services.notices import SERVICE
from shared.records import service_kit as kit

metadata: Final[sa.MetaData] = kit.service_metadata(SERVICE.name)
photograph_tables: Final = kit.PhotographTables(metadata)
"""Of notices and of criminal files."""
