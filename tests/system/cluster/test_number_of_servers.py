"""A state directory is started with one NATS server, with three, and with one again: what was sent is kept."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deploy.mesh.nats_server import nats_programs
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from tests.broker import free_ports
from tests.system.cluster.servers import PORTS, until
from tests.system.mesh import PROJECT, RunningMesh, run_i247, running_mesh
from tests.system.start import Start

CLUSTER = "--nats-cluster"
FILE = b"a file" * 40_000
MESSAGES = "/api/messages"


@contextmanager
def started(home: Path, bureaus: str, *options: str) -> Iterator[tuple[RunningMesh, httpx.Client]]:
    """Run a mesh that hosts some of the bureaus in its directory, with a client of FR."""
    with (
        running_mesh(home, "--bureaus", bureaus, *options, I247_NATS_PORT=str(free_ports(PORTS))) as mesh,
        mesh.client("FR") as france,
    ):
        yield mesh, france


def sent(france: httpx.Client, subject: str) -> str:
    """Send a message with a file to DE, which is not there, and return its path once the broker has it."""
    letter = {"message": (None, f'{{"to": ["DE"], "subject": "{subject}", "body": "Text."}}', "application/json")}
    answer = france.post(MESSAGES, files={**letter, "attachments": ("file.bin", FILE, "image/x-raw")})
    assert answer.status_code == 202, answer.text
    path = f"{MESSAGES}/{answer.json()['id']}"
    until(lambda: "sent" in france.get(path).json()["progress"], "the broker has it")
    return path


def require_delivered(mesh: RunningMesh, france: httpx.Client, path: str) -> None:
    """Check that a message that was sent before arrives, once and with its file."""
    until(lambda: "delivered" in france.get(path).json()["progress"], "it is delivered")
    with mesh.client("DE") as germany:
        assert germany.get(f"{path}/attachments/1").content == FILE
        items = germany.get(MESSAGES, params={"box": "inbox"}).json()["items"]
        assert [item["id"] for item in items].count(path.rpartition("/")[2]) == 1


@pytest.mark.thorough
def test_messages_survive_a_change_of_the_number_of_servers(tmp_path: Path) -> None:
    """From one server to three, and back: senders send again what the new servers do not have."""
    home = tmp_path / "var"
    environment = {**os.environ, "I247_HOME": str(home), "PYTHONPATH": str(PROJECT)}
    assert run_i247("provision", "--bureaus", "FR,DE", environment=environment).returncode == 0
    with started(home, "FR") as (_, france):
        first = sent(france, "Sent with one server")
    with started(home, "FR,DE", CLUSTER) as (mesh, france):
        require_delivered(mesh, france, first)
    with started(home, "FR", CLUSTER) as (_, france):
        second = sent(france, "Sent with three servers")
    assert stores(home) == {"jetstream-1", "jetstream-2", "jetstream-3"}
    with started(home, "FR,DE") as (mesh, france):
        require_delivered(mesh, france, second)
    assert stores(home) == {"jetstream"}
    assert StateDir(home).nats_configurations() == [StateDir(home).nats_configuration]


def stores(home: Path) -> set[str]:
    """Return the folders in which NATS servers have stored something."""
    return {folder.name for folder in (home / "broker").iterdir() if folder.is_dir()}


def test_only_what_servers_of_another_number_stored_is_removed(tmp_path: Path) -> None:
    """A copy of it stays, and so does what a link leads to."""
    broker, linked = tmp_path / "home" / "broker", tmp_path / "linked"
    for name in ("jetstream", "jetstream-2", "jetstream-4", "jetstream-20261128", "jetstream-backup"):
        (broker / name / "i247").mkdir(parents=True)
    linked.mkdir()
    (broker / "jetstream-3").symlink_to(linked)
    settings = Settings(home=tmp_path / "home", nats_port=free_ports(1))
    nats_programs(settings, settings.state_dir)
    left = {path.name for path in broker.iterdir()}
    assert left == {"jetstream", "jetstream-4", "jetstream-20261128", "jetstream-backup"}
    assert linked.is_dir()


@pytest.mark.thorough
def test_provisioning_writes_a_configuration_for_each_server(start: Start) -> None:
    """With the same accounts and one password of the routes; the servers of other hosts are those of the URLs."""
    hosts = [f"nats://broker{number}.example:4222" for number in (1, 2, 3)]
    start.environment |= {"I247_NATS_REPLICAS": "3", "I247_NATS_URL": ",".join(hosts), "I247_NATS_HOST": "192.0.2.1"}
    assert start.run("provision").returncode == 0

    first, second, third = (json.loads(file.read_text()) for file in StateDir(start.home).nats_configurations())
    assert first["accounts"] == second["accounts"] == third["accounts"]
    assert [each["server_name"] for each in (first, second, third)] == ["i247-1", "i247-2", "i247-3"]
    assert second["listen"] == "192.0.2.1:4222"
    assert second["cluster"]["listen"] == "192.0.2.1:4225"
    assert [url.rpartition("@")[2] for url in second["cluster"]["routes"]] == [
        "broker1.example:4225",
        "broker3.example:4225",
    ]
    secret = StateDir(start.home).route_secret.read_text()
    assert len(secret) > 40
    assert [each["cluster"]["authorization"]["password"] for each in (first, second, third)] == [secret] * 3


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"I247_NATS_REPLICAS": "2"}, "I247_NATS_REPLICAS: must be 1, or 3 for a cluster, not '2'"),
        (
            {"I247_NATS_REPLICAS": "3", "I247_NATS_URL": "nats://one:4222,nats://two:4222"},
            "I247_NATS_URL: I247_NATS_REPLICAS=3 needs the URLs of 3 servers, separated by commas",
        ),
        ({"I247_NATS_URL": "nats://one:4222,"}, "I247_NATS_URL: must be the URL of a NATS server"),
        ({"I247_NATS_URL": "nats://one:4222,tls://two:4222"}, "I247_NATS_URL: tls://two:4222 needs I247_NATS_CA"),
        ({"I247_NATS_REPLICAS": "3", "I247_NATS_PORT": "65531"}, "I247_NATS_PORT: a cluster needs 6 ports from 65531"),
        ({"I247_NATS_REPLICAS": "3", "I247_SANDBOX": "true"}, "a sandbox has one NATS server"),
    ],
)
def test_settings_that_make_no_cluster_are_refused(start: Start, settings: dict[str, str], says: str) -> None:
    start.environment |= settings
    assert start.refusal("up").startswith(says)


@pytest.mark.thorough
@pytest.mark.parametrize("sandbox", [["--sandbox"], ["--counterparts", "counterparts.yaml"]])
def test_a_cluster_is_refused_for_a_sandbox_with_the_options_to_leave_out(start: Start, sandbox: list[str]) -> None:
    """Nothing becomes a sandbox."""
    refused = start.run("up", "--nats-cluster", *sandbox)
    assert refused.returncode == 3
    assert "start it without --nats-cluster and I247_NATS_REPLICAS, or start a mesh without --sandbox" in refused.stderr
    assert not StateDir(start.home).is_sandbox
