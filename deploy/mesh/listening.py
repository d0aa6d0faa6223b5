"""Opens the socket on which a gateway or a post listens."""

import socket

from deploy.state.errors import StartRefused
from deploy.state.listener import how_to_free


def listen(host: str, port: int, setting: str = "I247_PORT") -> socket.socket:
    """Return the socket on which a gateway or a post listens; `setting` chooses its port. Raises StartRefused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except socket.gaierror as error:
        listening.close()
        raise StartRefused(f"{host} is not an address of this machine: set I247_HOST to one") from error
    except OSError as error:
        listening.close()
        raise StartRefused(
            f"port {port} of {host} cannot be used ({error.strerror}): {how_to_free(port, setting)}"
        ) from error
    return listening
