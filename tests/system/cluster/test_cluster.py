"""The servers of a cluster: what the operator sees of them, and which participants they admit."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from deploy.mesh.nats_server import broker_binary
from deploy.mesh.process_context import ProcessContext
from deploy.state.directory_file import load_directory
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from shared.clock import SystemClock
from shared.logs import Log
from shared.transport import Disconnected, NoResponder
from shared.transport.nats import Broker, NatsTransport
from tests.broker import free_ports
from tests.faults.replicas import Replicas
from tests.system.cluster.servers import PORTS, all_up, servers_of, until
from tests.system.mesh import RunningMesh, run_i247

pytestmark = pytest.mark.thorough

SECONDS = 10


def configurations(mesh: RunningMesh) -> list[Path]:
    """Return the files of the three servers."""
    return StateDir(Path(mesh.environment["I247_HOME"])).nats_configurations()


def test_the_status_shows_each_server_and_what_it_leads(cluster: RunningMesh) -> None:
    """One of them places streams, one leads the messages; participants are connected to the first."""
    servers = servers_of(cluster)
    assert {name: each["state"] for name, each in servers.items()} == dict.fromkeys(
        ("i247-1", "i247-2", "i247-3"), "up"
    )
    led = [what for each in servers.values() for what in each["leads"]]
    assert (led.count("placement"), led.count("messages")) == (1, 1)
    assert servers["i247-1"]["connections"] > 5
    words = cluster.i247("status").stdout
    assert words.startswith("healthy: nothing to do\n")
    assert "nats-server-3 " in words
    assert "i247-3               up" in words


def test_a_server_that_hangs_is_the_only_one_that_is_down(cluster: RunningMesh) -> None:
    """Also the first one, with which connections begin: at once, and not when the others have noticed it."""
    hanging = Replicas(cluster).process_id("nats-server")
    os.kill(hanging, signal.SIGSTOP)
    try:
        states = {name: each["state"] for name, each in servers_of(cluster).items()}
    finally:
        os.kill(hanging, signal.SIGCONT)
    assert states["i247-1"] == "down"
    assert "down" not in {states["i247-2"], states["i247-3"]}
    until(lambda: all_up(cluster), "it is back")


def test_each_server_has_a_log(cluster: RunningMesh) -> None:
    """`i247 logs` reads them by the names of their processes, and suggests those for another one."""
    logs = Path(cluster.environment["I247_HOME"]) / "log"
    assert {file.name for file in logs.glob("nats-server*.log")} == {
        "nats-server.log",
        "nats-server-2.log",
        "nats-server-3.log",
    }
    shown = cluster.i247("logs", "--service", "nats-server-3", "--json", "--lines", "1000")
    assert {json.loads(line)["part"] for line in shown.stdout.splitlines()} <= {"nats-server-3"}
    assert shown.returncode == 0
    assert "nats-server-2" in cluster.i247("logs", "--service", "nats-server-4").stderr


def test_the_password_of_the_routes_is_only_in_files_of_the_owner(cluster: RunningMesh) -> None:
    """It is the same at all servers, and in no log."""
    home = StateDir(Path(cluster.environment["I247_HOME"]))
    secret, files = home.route_secret.read_text(), configurations(cluster)
    assert len(files) == 3
    assert all(secret in file.read_text() for file in files)
    assert {oct(file.stat().st_mode & 0o777) for file in (home.route_secret, *files)} == {"0o600"}
    assert not any(secret in file.read_text(errors="replace") for file in home.logs.iterdir())


def test_provisioning_for_another_number_of_servers_is_refused_while_they_run(cluster: RunningMesh) -> None:
    """It would remove the configurations that they read again when keys change."""
    refused = cluster.i247("provision", "--bureaus", "FR,DE")
    assert refused.returncode == 3
    assert "has 3 NATS servers: set I247_NATS_REPLICAS=3, or stop it first" in refused.stderr
    again = run_i247("provision", "--bureaus", "FR,DE", environment={**cluster.environment, "I247_NATS_REPLICAS": "3"})
    assert again.returncode == 0, again.stderr
    assert len(configurations(cluster)) == 3


def test_a_route_without_the_password_is_refused(cluster: RunningMesh) -> None:
    """As an attacker who reaches the port: neither a connection without a password, nor another server, joins."""
    port = int(cluster.environment["I247_NATS_PORT"]) + 3
    with closing(socket.create_connection(("127.0.0.1", port), SECONDS)) as route:
        greeting = route.makefile("rb")
        assert greeting.readline().startswith(b"INFO ")
        route.sendall(b'CONNECT {"verbose":false,"name":"intruder"}\r\nPING\r\n')
        assert b"Authorization Violation" in greeting.read()


@pytest.mark.parametrize("login", ["", "routes:guessed@"])
def test_a_foreign_server_does_not_join(cluster: RunningMesh, tmp_path: Path, login: str) -> None:
    """It is refused by each server to which it connects, and hears of none of the others."""
    ours, port = int(cluster.environment["I247_NATS_PORT"]), free_ports(PORTS)
    routes = [f"nats://{login}127.0.0.1:{ours + 3 + number}" for number in range(3)]
    cluster_of_three = {"name": "i247", "listen": f"127.0.0.1:{port + 3}", "routes": routes}
    file, log = tmp_path / "intruder.conf", tmp_path / "intruder.log"
    file.write_text(json.dumps({"server_name": "intruder", "listen": f"127.0.0.1:{port}", "cluster": cluster_of_three}))
    with subprocess.Popen([broker_binary(), "-c", file, "--log", log, "-m", str(port + 1)]) as intruder:
        try:
            until(lambda: log.exists() and log.read_text().count("Authorization Violation") >= 3, "it is refused")
        finally:
            intruder.kill()
    assert set(servers_of(cluster)) == {"i247-1", "i247-2", "i247-3"}
    for number in ("", "-2", "-3"):
        own = Path(cluster.environment["I247_HOME"]) / "log" / f"nats-server{number}.log"
        assert "authentication error" in own.read_text()


async def test_an_operator_that_has_just_started_changes_nothing(cluster: RunningMesh) -> None:
    """What three servers add to the configurations of streams and consumers is known to come from them."""
    home, port = Path(cluster.environment["I247_HOME"]), int(cluster.environment["I247_NATS_PORT"])
    operator = ProcessContext("test", Settings(home=home, nats_port=port, nats_replicas=3)).connect_operator()
    assert operator is not None
    directory, now = load_directory(StateDir(home)), SystemClock().now()
    await operator.reconnected(0)
    corrections = None
    while corrections is None:
        try:
            corrections = await operator.ensure_streams(directory.correspondents(now), directory.services(now))
        except NoResponder:  # as while servers elect the leader of a consumer: the gateway asks again later too
            await asyncio.sleep(0.2)
    await operator.close()
    assert corrections == []


async def admits(cluster: RunningMesh, seed: str, number: int) -> bool:
    """Return whether a server admits DE with this NKEY."""
    url = f"nats://127.0.0.1:{int(cluster.environment['I247_NATS_PORT']) + number - 1}"
    try:
        async with asyncio.timeout(SECONDS):
            transport = await NatsTransport.connect(Broker(url), "DE", lambda: seed, Log("test", level="error"))
    except (Disconnected, TimeoutError):
        return False
    await transport.close()
    return True


def test_a_server_that_was_cut_off_learns_of_a_revocation(cluster: RunningMesh) -> None:
    """The others refuse the revoked key at once, and this one soon after it is back."""
    home, replicas = StateDir(Path(cluster.environment["I247_HOME"])), Replicas(cluster)
    seed = home.nats_seed("DE").read_text()
    assert [asyncio.run(admits(cluster, seed, number)) for number in (1, 2, 3)] == [True] * 3
    cut_off = replicas.process_id("nats-server-3")
    os.kill(cut_off, signal.SIGSTOP)
    try:
        revoked = cluster.i247("keys", "revoke", "DE")
        assert "the broker has closed the connections of DE" in revoked.stdout, revoked.stdout + revoked.stderr
        assert [asyncio.run(admits(cluster, seed, number)) for number in (1, 2)] == [False] * 2
    finally:
        os.kill(cut_off, signal.SIGCONT)
    until(lambda: not asyncio.run(admits(cluster, seed, 3)), "the third server refuses it too")
    assert cluster.i247("keys", "rotate", "DE").returncode == 0
    seed = home.nats_seed("DE").read_text()
    until(lambda: all(asyncio.run(admits(cluster, seed, number)) for number in (1, 2, 3)), "all admit the new key")
