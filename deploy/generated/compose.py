"""The compose file: one container for each process of the mesh, generated from the list of services.

Each participant has a volume for its keys, and its own database password. Only the Secretariat's containers mount its
volume, and only one of them can use the root key in it. See docs/how-to/containers.md.
"""

import json
from collections.abc import Iterable
from typing import Any, Final

from deploy.broker.server_configuration import SERVER_ENVIRONMENT
from deploy.state.setting_types import CLUSTER
from deploy.state.state_dir import nats_server_name
from shared.bureaus import COMMISSION
from shared.service import Service

Container = dict[str, Any]

# The paths in the image: see Dockerfile.
STATE: Final = "/var/lib/i247"
BROKER_FILES: Final = f"{STATE}/broker"
RELAY_STATE: Final = "/var/lib/relay"
REQUESTS: Final = "/exchange/requests"
DIRECTORY: Final = "/exchange/directory"
ROOT_FILE: Final = "/tmp/root-passphrase"  # noqa: S108 - in memory, of one container only

BROKER_PORT: Final = 8248
GATEWAY_PORT: Final = 8247
BUREAUS: Final = {"FR": 8247, "DE": 8249}
"""The members, each with the port of its gateway on the host."""

SECRETARIAT_PORT: Final = 8250
COMMISSION_PORT: Final = 8251
"""The Commission has a machine of its own, whose keys and mailbox the Secretariat does not see."""

GATEWAYS: Final = {**BUREAUS, COMMISSION: COMMISSION_PORT}
SECRETARIAT_COMMANDS: Final = f"""\
i247 provision --secretariat
i247 keys approve --without-fingerprint {REQUESTS}/*.request
I247_HOME={RELAY_STATE} i247 keys install {STATE}/directory.json --root="$(cat {STATE}/root.pub)"
mkdir -p {RELAY_STATE}/secrets/nats
install -m 600 {STATE}/secrets/nats/relay.nk {RELAY_STATE}/secrets/nats/relay.nk
install -m 644 {STATE}/directory.json {STATE}/root.pub {DIRECTORY}
"""
KEEP_ROOT_FILE: Final = 'umask 077; printf %s "$I247_ROOT_PASSPHRASE" > "$I247_ROOT_PASSPHRASE_FILE"; exec "$@"'
INSTALL: Final = f'i247 keys install {DIRECTORY}/directory.json --root="$(cat {DIRECTORY}/root.pub)"'
HARDENED: Final[Container] = {
    "read_only": True,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "tmpfs": ["/tmp"],  # noqa: S108 - it is mounted there in the container
}


def compose_file(services: tuple[Service, ...]) -> str:
    """Return the text of the compose file, written as JSON, which is YAML."""
    gateways = {f"gateway-{bureau.lower()}": bureau for bureau in GATEWAYS}
    participants = gateways | {service.name: service.name for service in services}
    containers = {
        **{f"request-{name}": _request(name, participant) for name, participant in participants.items()},
        "secretariat": _secretariat(participants),
        "broker": _broker(),
        "postgres": _postgres(_stores(services)),
        "relay": _connected(["i247", "up", "--relay"], ["relay"], {}),
        "gateway-ipsg": _gateway("gateway-ipsg", "IPSG"),
        **{name: _gateway(name, bureau) for name, bureau in gateways.items()},
        **{service.name: _service(service.name) for service in services},
    }
    document = {
        "name": "i247",
        "services": containers,
        "volumes": {volume: {} for volume in _volumes(containers.values())},
        # Only the gateways, which send webhooks, can reach the outside.
        "networks": {"broker": {"internal": True}, "postgres": {"internal": True}, "outside": {}},
    }
    head = "# Made by `i247 openapi` from the list of services: change that, not this.\n"
    return head + json.dumps(document, indent=2) + "\n"


def cluster_file(services: tuple[Service, ...]) -> str:
    """Return the text of a compose file that adds two brokers to that of `compose_file`, and two replicas of services.

    Compose merges both: `docker compose -f deploy/compose.yaml -f deploy/compose.cluster.yaml`.
    """
    gateways = [f"gateway-{bureau.lower()}" for bureau in GATEWAYS]
    brokers = [f"broker-{number}" for number in range(2, CLUSTER + 1)]
    url = {"I247_NATS_URL": ",".join(f"nats://{name}:{BROKER_PORT}" for name in ("broker", *brokers))}
    replicas = {"I247_NATS_REPLICAS": str(CLUSTER)}
    containers: dict[str, Container] = {
        "secretariat": {"environment": url | replicas},
        **{name: _broker(number) for number, name in enumerate(brokers, start=2)},
        "gateway-ipsg": {"environment": url | replicas},
        **{name: {"environment": url} for name in ("relay", *gateways)},
        **{service.name: {"environment": url, "scale": 2} for service in services},
    }
    head = "# Made by `i247 openapi` from the list of services: change that, not this.\n"
    return head + json.dumps({"services": containers}, indent=2) + "\n"


def databases_file(services: tuple[Service, ...]) -> str:
    """Return psql statements that create a role for each container with a store, and a database that only it may use.

    psql reads the passwords from its environment.
    """
    head = "-- Made by `i247 openapi` from the list of services: change that, not this.\n"
    return (
        head + "".join(map(_database, _stores(services))) + "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;\n"
    )


def _stores(services: tuple[Service, ...]) -> list[str]:
    """Return the containers with a store."""
    return ["gateway-ipsg", *(f"gateway-{bureau.lower()}" for bureau in GATEWAYS), *(each.name for each in services)]


def _database(name: str) -> str:
    role = _role(name)
    database = f"{role}_mailboxes" if name.startswith("gateway-") else role
    return (
        f"\\getenv password {_password(name)}\n"
        f"CREATE ROLE {role} LOGIN PASSWORD :'password';\n"
        f"CREATE DATABASE {database} OWNER {role} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';\n"
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;\n"
    )


def _store_url(name: str) -> str:
    databases = f"{_role(name)}_{{service}}" if name.startswith("gateway-") else "i247_{service}"
    return f"postgresql://{_role(name)}:{_required(_password(name))}@postgres/{databases}"


def _role(name: str) -> str:
    return f"i247_{name.replace('-', '_')}"


def _password(name: str) -> str:
    return f"I247_DB_{name.replace('-', '_').upper()}"


def _required(variable: str) -> str:
    return f"${{{variable}:?make deploy/.env first, see docs/how-to/containers.md}}"


def _escaped(text: str) -> str:
    """Escape a text, so that compose substitutes nothing in it."""
    return text.replace("$", "$$")


def _container(command: list[str], volumes: list[str], environment: dict[str, str]) -> Container:
    return {
        "image": "i247",
        "build": {"context": "..", "dockerfile": "deploy/Dockerfile"},
        "command": [_escaped(word) for word in command],
        "environment": {"I247_HOME": STATE} | environment,
        "volumes": volumes,
        "restart": "unless-stopped",
        **HARDENED,
    }


def _request(name: str, participant: str) -> Container:
    command = ["i247", "keys", "request", participant, "--if-none", "--out", f"{REQUESTS}/{participant}.request"]
    volumes = [f"{name}:{STATE}", f"requests:{REQUESTS}"]
    return {**_container(command, volumes, {}), "restart": "no", "network_mode": "none"}


def _secretariat(participants: Iterable[str]) -> Container:
    """Return the container with the root key: it approves requests and publishes the directory."""
    volumes = [
        f"secretariat:{STATE}",
        f"broker:{BROKER_FILES}",
        f"relay:{RELAY_STATE}",
        f"requests:{REQUESTS}:ro",
        f"directory:{DIRECTORY}",
    ]
    environment = {
        "I247_NATS_HOST": "0.0.0.0",  # noqa: S104 - the broker must be reachable from the other containers
        "I247_NATS_PORT": str(BROKER_PORT),
        "I247_NATS_URL": f"nats://broker:{BROKER_PORT}",
        "I247_ROOT_PASSPHRASE": _required("I247_ROOT_PASSPHRASE"),
        "I247_ROOT_PASSPHRASE_FILE": ROOT_FILE,
    }
    return {
        **_container(["sh", "-ec", SECRETARIAT_COMMANDS], volumes, environment),
        "entrypoint": ["sh", "-ec", _escaped(KEEP_ROOT_FILE), "sh"],
        "restart": "no",
        "networks": ["broker"],
        "depends_on": {f"request-{name}": {"condition": "service_completed_successfully"} for name in participants},
    }


def _broker(number: int = 1) -> Container:
    command = ["nats-server", "-c", f"{BROKER_FILES}/{nats_server_name(number)}.conf"]
    return {
        **_container(command, [f"broker:{BROKER_FILES}"], dict(SERVER_ENVIRONMENT)),
        "networks": ["broker"],
        "healthcheck": _check("greets", BROKER_PORT),
        "depends_on": {"secretariat": {"condition": "service_completed_successfully"}},
    }


def _postgres(stores: list[str]) -> Container:
    passwords = {_password(name): _required(_password(name)) for name in stores}
    return {
        "image": "postgres:17",
        "user": "postgres",
        "environment": {"POSTGRES_PASSWORD": _required("I247_DB_POSTGRES"), **passwords},
        "volumes": [
            "postgres:/var/lib/postgresql/data",
            # Compose cannot write inline content into a read-only container.
            "./databases.sql:/docker-entrypoint-initdb.d/databases.sql:ro",
        ],
        "restart": "unless-stopped",
        **HARDENED,
        "tmpfs": [*HARDENED["tmpfs"], "/run/postgresql"],
        "networks": ["postgres"],
        # By TCP, on which it listens only after the databases are created.
        "healthcheck": _healthcheck(["pg_isready", "--host", "127.0.0.1", "--username", "postgres"]),
    }


def _connected(command: list[str], volumes: list[str], environment: dict[str, str]) -> Container:
    """Return a container that connects to the broker."""
    state, *others = volumes
    where = {"I247_NATS_URL": f"nats://broker:{BROKER_PORT}"}
    return {
        **_container(command, [f"{state}:{STATE}", *others], where | environment),
        "networks": ["broker"],
        "healthcheck": _check("connected", BROKER_PORT),
        "depends_on": {"broker": {"condition": "service_healthy"}},
    }


def _storing(name: str, command: list[str], volumes: list[str], environment: dict[str, str]) -> Container:
    """Return a container that connects to the broker and has a store."""
    container = _connected(command, volumes, {"I247_STORE_URL": _store_url(name)} | environment)
    container["networks"] = [*container["networks"], "postgres"]
    container["depends_on"] = container["depends_on"] | {"postgres": {"condition": "service_healthy"}}
    return container


def _gateway(name: str, bureau: str) -> Container:
    volumes = ["secretariat", f"broker:{BROKER_FILES}"] if bureau == "IPSG" else _volumes_of_member(name)
    start = f"i247 up --gateway --bureaus {bureau}"
    environment = {
        "I247_HOST": "0.0.0.0",  # noqa: S104 - inside a container; published on loopback only
        "I247_PORT": str(GATEWAY_PORT),
    }
    command = start.split() if bureau == "IPSG" else _after_install(start)
    container = _storing(name, command, volumes, environment)
    port = GATEWAYS.get(bureau, SECRETARIAT_PORT)
    return {
        **container,
        "networks": [*container["networks"], "outside"],
        "ports": [f"127.0.0.1:{port}:{GATEWAY_PORT}"],
        "healthcheck": _check("healthy", GATEWAY_PORT),
    }


def _service(name: str) -> Container:
    return _storing(name, _after_install(f"i247 up --service {name}"), _volumes_of_member(name), {})


def _volumes_of_member(name: str) -> list[str]:
    return [name, f"directory:{DIRECTORY}:ro"]


def _after_install(start: str) -> list[str]:
    return ["sh", "-ec", f"{INSTALL}; exec {start}"]


def _check(what: str, port: int) -> dict[str, Any]:
    return _healthcheck(["python", "-m", "deploy.mesh.healthcheck", what, str(port)])


def _healthcheck(command: list[str]) -> dict[str, Any]:
    often = {"interval": "10s", "timeout": "6s", "start_period": "60s", "start_interval": "1s"}
    return {"test": ["CMD", *command], **often}


def _volumes(containers: Iterable[Container]) -> list[str]:
    mounted = (mount.partition(":")[0] for container in containers for mount in container["volumes"])
    return sorted({volume for volume in mounted if not volume.startswith(".")})
