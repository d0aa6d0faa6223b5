"""Opens the socket on which a gateway listens."""

import socket

from deploy.state.errors import StartRefused
from deploy.state.listener import how_to_free
from deploy.state.settings import Settings


def listen(settings: Settings) -> socket.socket:
    """Return the socket on which the gateway listens. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
        listening.listen(2048)
    except socket.gaierror as error:
        listening.close()
        raise StartRefused(f"{settings.host} is not an address of this machine: set I247_HOST to one") from error
    except OSError as error:
        listening.close()
        raise StartRefused(
            f"port {settings.port} of {settings.host} cannot be used ({error.strerror}): "
            f"{how_to_free(settings.port, 'I247_PORT')}"
        ) from error
    return listening
