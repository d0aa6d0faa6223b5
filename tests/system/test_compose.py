"""The compose file as written: the volumes, passwords and permissions of each container."""

import json
import re
from typing import Any

import pytest

from deploy.generated.compose import GATEWAYS as GATEWAY_PORTS
from deploy.mesh import healthcheck
from deploy.state.settings import Settings
from services import SERVICES
from tests.system.containers import containers, mounts
from tests.system.mesh import PROJECT

GATEWAYS = [f"gateway-{bureau.lower()}" for bureau in GATEWAY_PORTS]
MEMBERS = [*GATEWAYS, *(service.name for service in SERVICES)]
DOCKERFILE = PROJECT / "deploy" / "Dockerfile"
STATE = "/var/lib/i247"
CONTAINERS = containers()
LONG_RUNNING = [name for name, each in CONTAINERS.items() if each["restart"] != "no"]


def volumes(container: dict[str, Any]) -> dict[str, str]:
    """Return the mode of each volume of a container."""
    parts = (mount.split(":") for mount in container["volumes"])
    return {volume: "ro" if mode == ["ro"] else "rw" for volume, _, *mode in parts}


def variables(container: dict[str, Any]) -> set[str]:
    """Return the names of the secrets that a container gets."""
    return set(re.findall(r"\$\{(\w+)", str(container)))


def password_of(name: str) -> str:
    return f"I247_DB_{name.replace('-', '_').upper()}"


def test_each_container_mounts_only_its_own_volumes() -> None:
    """The Secretariat's, with the root key in it, is in its own containers; public ones are read only."""
    secretariat = {"secretariat": "rw", "broker": "rw"}
    expected = {
        "secretariat": {**secretariat, "relay": "rw", "requests": "ro", "directory": "rw"},
        "gateway-ipsg": secretariat,
        "broker": {"broker": "rw"},
        "relay": {"relay": "rw"},
        "postgres": {"postgres": "rw", "./databases.sql": "ro"},
        **{f"request-{name}": {name: "rw", "requests": "rw"} for name in MEMBERS},
        **{name: {name: "rw", "directory": "ro"} for name in MEMBERS},
    }
    assert {name: volumes(each) for name, each in CONTAINERS.items()} == expected


def test_each_container_gets_only_its_own_password() -> None:
    """PostgreSQL gets all of them; one container can use the root key."""
    storing = ["gateway-ipsg", *MEMBERS]
    expected = {
        **{name: set() for name in CONTAINERS},
        "secretariat": {"I247_ROOT_PASSPHRASE"},
        "postgres": {"I247_DB_POSTGRES", *map(password_of, storing)},
        **{name: {password_of(name)} for name in storing},
    }
    assert {name: variables(each) for name, each in CONTAINERS.items()} == expected
    assert all(found.endswith(":?") for found in re.findall(r"\$\{\w+:?\??", str(CONTAINERS)))


def test_the_image_contains_no_password() -> None:
    """The passwords lie beside the folders that are copied into it, and are excluded."""
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE.read_text(), re.MULTILINE)
    assert ignored.index("deploy/.env") > ignored.index("!deploy") > ignored.index("*")
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == set(" ".join(copied).split())


def test_the_broker_container_mounts_only_the_broker_folder() -> None:
    """It is at the same path in the Secretariat's state directory, and holds no key."""
    assert mounts(CONTAINERS["broker"]) == {f"{STATE}/broker": "broker"}
    assert mounts(CONTAINERS["secretariat"])[f"{STATE}/broker"] == "broker"


def test_the_image_is_made_of_one_base_pinned_by_digest() -> None:
    """A tag names another image tomorrow."""
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.MULTILINE)
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", bases[0])


def test_the_image_runs_as_an_ordinary_user_and_checks_its_health() -> None:
    """What comes after USER in the last stage has no privileges. The check is one that the program has."""
    *_, last = DOCKERFILE.read_text().split("\nFROM ")
    user, command = last.index("\nUSER i247\n"), last.index('\nCMD ["i247", "up"]')
    assert user < command
    assert "RUN" not in last[user:]
    [check] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", last, re.MULTILINE)
    python, _, module, what, port = json.loads(check)
    assert (python, module, port) == ("python", healthcheck.__name__, str(Settings.model_fields["port"].default))
    assert callable(getattr(healthcheck, what))


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_runs_with_least_privilege(name: str) -> None:
    """As a user of its own, without capabilities, writing to its volumes only."""
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container.get("user") == ("postgres" if name == "postgres" else None)
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & container.keys()


def test_only_gateways_have_ports_on_the_host_and_an_outside_network() -> None:
    """On loopback, each at a port of its own. The containers that make keys have no network."""
    ports = {name: each["ports"] for name, each in CONTAINERS.items() if "ports" in each}
    assert ports == {
        "gateway-ipsg": ["127.0.0.1:8250:8247"],
        "gateway-fr": ["127.0.0.1:8247:8247"],
        "gateway-de": ["127.0.0.1:8249:8247"],
        "gateway-ccf": ["127.0.0.1:8251:8247"],
    }
    assert {name for name, each in CONTAINERS.items() if "outside" in each.get("networks", [])} == set(ports)
    assert {name for name, each in CONTAINERS.items() if each.get("network_mode") == "none"} == {
        f"request-{name}" for name in MEMBERS
    }
    assert all("networks" in each or "network_mode" in each for each in CONTAINERS.values())


def test_every_long_running_container_has_a_health_check() -> None:
    """Containers that depend on it wait until the check passes."""
    assert {name for name, each in CONTAINERS.items() if "healthcheck" in each} == set(LONG_RUNNING)
    for container in CONTAINERS.values():
        for other, how in container.get("depends_on", {}).items():
            done = "service_healthy" if other in LONG_RUNNING else "service_completed_successfully"
            assert how == {"condition": done}
