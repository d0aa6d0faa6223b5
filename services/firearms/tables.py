"""The metadata of the tables of the service."""

from typing import Final

from services.firearms import SERVICE
from shared.records import service_kit as kit

metadata: Final = kit.service_metadata(SERVICE.name)
photograph_tables: Final = kit.PhotographTables(metadata)
