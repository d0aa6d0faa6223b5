"""The services of the mesh. A fifth is one folder and one line here, and nothing else."""

from services import stolen_vehicles

SERVICES = (stolen_vehicles.SERVICE,)
