"""The metadata of the tables of the service, whose stores are in several modules."""

from typing import Final

from services.stolen_vehicles import SERVICE
from shared.records import service_kit as kit

metadata: Final = kit.service_metadata(SERVICE.name)
