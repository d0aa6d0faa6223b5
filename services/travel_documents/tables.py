"""The metadata of the tables of the service."""

from typing import Final

from services.travel_documents import SERVICE
from shared.records import service_kit as kit

metadata: Final = kit.service_metadata(SERVICE.name)
