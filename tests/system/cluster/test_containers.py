"""The compose files for three brokers and two replicas, run without Docker."""

from pathlib import Path

import pytest

from services import SERVICES
from tests.documents import block_run_by
from tests.postgres import running_postgres
from tests.system.cluster.servers import until
from tests.system.containers import OF_CLUSTER, Compose, client, containers, passwords

BROKERS = ("broker", "broker-2", "broker-3")
SEARCH = "/api/stolen-vehicles/search?vin=ZAR93200001234567"


def test_the_second_file_adds_brokers_like_the_first() -> None:
    """As confined as that one, each with a configuration of its own; and a replica of each service."""
    merged = containers(OF_CLUSTER)
    first, *others = (merged[name] for name in BROKERS)
    for number, other in enumerate(others, start=2):
        assert other == {**first, "command": [*first["command"][:2], f"/var/lib/i247/broker/nats-server-{number}.conf"]}
    assert {name for name, each in merged.items() if each.get("scale") == 2} == {each.name for each in SERVICES}
    urls = {name: each["environment"].get("I247_NATS_URL") for name, each in merged.items() if "environment" in each}
    assert {url for url in urls.values() if url} == {",".join(f"nats://{name}:8248" for name in BROKERS)}


@pytest.mark.thorough
def test_the_network_goes_on_without_its_first_broker(tmp_path: Path) -> None:
    """All connect to another."""
    for folder in ("project", "compose"):
        (tmp_path / folder).mkdir()
    made = passwords(block_run_by("tests/system/test_containers.py", "how-to/containers.md"), tmp_path / "project")
    with running_postgres(max_connections="300") as postgres:
        postgres.require_passwords()
        compose = Compose(tmp_path / "compose", made, postgres, OF_CLUSTER)
        try:
            compose.up(*BROKERS, "relay", "gateway-ipsg", "stolen-vehicles", "gateway-fr")
            require_failover(compose)
        finally:
            compose.stop()


def require_failover(compose: Compose) -> None:
    """Search as FR, before and after the first broker is killed."""
    until(lambda: '"gateway-ready"' in compose.log("gateway-fr"), "the gateway listens")
    with client(compose, "FR") as france:
        until(lambda: france.get(SEARCH).status_code == 200, "it is answered")
        compose.kill("broker")
        until(lambda: france.get(SEARCH).status_code == 200, "it is answered again")
