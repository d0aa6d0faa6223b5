"""The mesh as containers: a compose file derived from the list of services, each part a container of its own.

All share one volume with all keys, which suits a test bed. In a real deployment each participant gets its own keys
alone: see "Operate" in the README.
"""

import json
from typing import Any, Final

from deploy.permissions import SERVER_ENVIRONMENT
from shared.service import Service

STATE: Final = "/var/lib/i247"
BROKER_PORT: Final = 8248
GATEWAY_PORT: Final = 8247


def compose_file(services: tuple[Service, ...]) -> str:
    """Return the text of the compose file. YAML reads JSON, so it is written as that."""
    containers = {
        "provision": _container(["provision"], restart="no"),
        "broker": _broker(),
        "relay": _part(["--relay"]),
        "gateway": {
            **_part(["--gateway"]),
            "ports": [f"127.0.0.1:{GATEWAY_PORT}:{GATEWAY_PORT}"],
            "healthcheck": _healthcheck(),
        },
        **{service.name: _part(["--service", service.name]) for service in services},
    }
    document = {"name": "i247", "services": containers, "volumes": {"state": {}}}
    head = "# Made by `i247 openapi` from the list of services: change that, not this.\n"
    return head + json.dumps(document, indent=2) + "\n"


def _container(command: list[str], *, restart: str = "unless-stopped") -> dict[str, Any]:
    return {
        "build": {"context": "..", "dockerfile": "deploy/Dockerfile"},
        "command": command,
        "environment": {
            "I247_HOME": f"{STATE}/mesh",
            "I247_HOST": "0.0.0.0",  # noqa: S104 - inside a container; published on the loopback alone
            "I247_NATS_HOST": "0.0.0.0",  # noqa: S104 - reached by the other containers
            "I247_NATS_URL": f"nats://broker:{BROKER_PORT}",
        },
        "volumes": [f"state:{STATE}"],
        "restart": restart,
    }


def _broker() -> dict[str, Any]:
    container = _container(["-c", f"{STATE}/mesh/nats-server.conf"])
    return {
        **container,
        "environment": container["environment"] | SERVER_ENVIRONMENT,
        "entrypoint": ["nats-server"],
        "depends_on": {"provision": {"condition": "service_completed_successfully"}},
    }


def _part(options: list[str]) -> dict[str, Any]:
    return {**_container(["up", *options]), "depends_on": {"broker": {"condition": "service_started"}}}


def _healthcheck() -> dict[str, Any]:
    probe = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{GATEWAY_PORT}/health')"
    return {"test": ["CMD", "python", "-c", probe], "interval": "10s", "timeout": "5s", "start_period": "30s"}
