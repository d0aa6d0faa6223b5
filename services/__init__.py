"""The services of the mesh. Another is one folder, an import and an entry in `SERVICES`; then run `make openapi`."""

from services import fingerprints, missing_persons, notices, stolen_vehicles, travel_documents

SERVICES = (
    notices.SERVICE,
    fingerprints.SERVICE,
    stolen_vehicles.SERVICE,
    missing_persons.SERVICE,
    travel_documents.SERVICE,
)
