"""The health check of a container, such as `python -m deploy.mesh.healthcheck connected 8248`: exits with 0 or 1.

It imports little, as each container runs it every few seconds.
"""

import socket
import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
SECONDS: Final = 5.0
GREETING: Final = b"INFO "
ESTABLISHED: Final = "01"
CONNECTIONS: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def greets(port: int) -> bool:
    """Return whether a NATS server here sends its greeting. Does NOT show what it permits."""
    try:
        with socket.create_connection((LOOPBACK, port), SECONDS) as connection:
            return connection.recv(len(GREETING), socket.MSG_WAITALL) == GREETING
    except OSError:
        return False


def connected(port: int) -> bool:
    """Return whether this container has an established connection to a port, that of the broker.

    The broker admits only participants of the directory, and closes connections that do not answer its pings. Does NOT
    show whether a service answers requests: `/health` at a gateway does.
    """
    lines = (line for file in CONNECTIONS if file.exists() for line in file.read_text().splitlines()[1:])
    return any(
        remote.endswith(f":{port:04X}") and state == ESTABLISHED for _, _, remote, state, *_ in map(str.split, lines)
    )


def healthy(port: int) -> bool:
    """Return whether the gateway here gets a reply to a signed ping from every service."""
    with closing(HTTPConnection(LOOPBACK, port, timeout=SECONDS)) as connection:
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def main(what: str, port: str) -> int:
    """Return the exit status of a check by its name, at a port."""
    return 0 if {check.__name__: check for check in (greets, connected, healthy)}[what](int(port)) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
