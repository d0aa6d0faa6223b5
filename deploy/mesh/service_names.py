"""Finds a service of the mesh by the name that a command was given."""

from deploy.state.errors import StartRefused
from services import SERVICES
from shared.service import Service


def service_called(name: str) -> Service:
    """Return a service. Raises StartRefused, which says what services there are."""
    for service in SERVICES:
        if service.name == name:
            return service
    raise StartRefused(f"there is no service {name}: use one of {', '.join(service.name for service in SERVICES)}")
