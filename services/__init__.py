"""The services of the mesh. Another is one folder, an import and an entry in `SERVICES`; then run `make openapi`."""

from services import fingerprints, firearms, missing_persons, notices, stolen_vehicles

SERVICES = (
    notices.SERVICE,
    fingerprints.SERVICE,
    stolen_vehicles.SERVICE,
    missing_persons.SERVICE,
    firearms.SERVICE,
)
