"""The services of the mesh. A fifth is one folder and one line here, and nothing else."""

from services import fingerprints, missing_persons, notices, stolen_vehicles

SERVICES = (notices.SERVICE, fingerprints.SERVICE, stolen_vehicles.SERVICE, missing_persons.SERVICE)
