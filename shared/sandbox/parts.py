"""Of which requests of clients the requests to services are parts, for the services, which do not see it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.sandbox.client_request import ClientRequest

MAX_PARTS: Final = 1_000


class Part(msgspec.Struct, frozen=True):
    """A request to a service that an application of the gateway sends for the request of a client."""

    id: str
    of: str
    """The id of the client's request."""

    named: str
    """The application that the client's request names."""


def part_of(request: ClientRequest) -> Part | None:
    """Return what a service has to know of a request; None if it is that of a client."""
    whole = request.whole
    return None if whole is None else Part(request.id, whole.id, whole.service)


def find_part(parts: Iterable[Part], request_id: str) -> Part | None:
    """Return the part with an id, or None."""
    return next((each for each in parts if each.id == request_id), None)
