"""The services of the mesh. One more is a folder, an import and an entry in `SERVICES`; then run `make openapi`."""

from services import (
    cultural_property,
    fingerprints,
    firearms,
    missing_persons,
    notices,
    stolen_vehicles,
    travel_documents,
)

SERVICES = (
    notices.SERVICE,
    fingerprints.SERVICE,
    stolen_vehicles.SERVICE,
    missing_persons.SERVICE,
    cultural_property.SERVICE,
    firearms.SERVICE,
    travel_documents.SERVICE,
)
