"""Finds a service by its name."""

from deploy.state.errors import StartRefused
from services import SERVICES
from shared.service import Service


def find_service(name: str) -> Service:
    """Return a service. Raises StartRefused, which lists the services."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise StartRefused(f"there is no service {name}: use one of {', '.join(service.name for service in SERVICES)}")
