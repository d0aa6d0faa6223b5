"""Finds a service by its name."""

from deploy.state.errors import WrongUsage
from services import SERVICES
from shared.service import Service
from shared.suggestions import unknown


def find_service(name: str) -> Service:
    """Return a service. Raises WrongUsage, which lists the services."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise WrongUsage(f"there is no service {unknown(name, [service.name for service in SERVICES])}")
