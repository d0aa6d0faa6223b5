"""A mesh that cannot start prints one clear sentence and exits with status 3, without a traceback."""

import asyncio
import os
import signal
import socket
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.mesh.nats_server import require_broker
from deploy.state.running import MESH, announced
from deploy.state.settings import Settings
from deploy.state.state_dir import StateDir
from tests.broker import free_port
from tests.system.mesh import PROJECT, left_of
from tests.system.start import TIMEOUT_SECONDS, Start, with_one_in_fast_runs


@pytest.fixture
def busy_port() -> Iterator[int]:
    """Listen on a port, so that no other program can."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.thorough
def test_a_busy_port_is_refused_with_its_setting(start: Start, busy_port: int) -> None:
    """The error names the port of the other program and how to choose another."""
    start.environment["I247_PORT"] = str(busy_port)
    said = start.refusal()
    assert said.startswith(f"port {busy_port} of 127.0.0.1 cannot be used (Address already in use): ")
    assert said.endswith(
        f"process {os.getpid()} ({psutil.Process().name()}) listens there: stop it, or set I247_PORT to another port"
    )


@pytest.mark.thorough
def test_a_busy_broker_port_is_refused_with_its_setting(start: Start, busy_port: int) -> None:
    """The port is checked before the NATS server is started."""
    start.environment["I247_NATS_PORT"] = str(busy_port)
    said = start.refusal()
    assert said.startswith(f"port {busy_port} for the broker is in use: process {os.getpid()} (")
    assert said.endswith("stop it, or set I247_NATS_PORT to another port")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("secrets/nats/relay.nk", "is missing: copy it there"),
        ("directory.json", "directory.json"),
        ("root.pub", "root.pub"),
    ],
)
def test_a_relay_without_its_files_is_refused(start: Start, missing: str, reason: str) -> None:
    """Without the directory it would silently relay nothing of a service."""
    (start.home / missing).unlink()
    assert reason in start.refusal("up", "--relay")


@pytest.mark.thorough
def test_an_external_broker_that_does_not_answer_refuses_the_start(start: Start) -> None:
    """At once, before each process tries to connect."""
    unused_port = free_port()
    start.environment["I247_NATS_URL"] = f"nats://127.0.0.1:{unused_port}"
    assert start.refusal() == (
        f"no broker answers at nats://127.0.0.1:{unused_port}: start it, or set I247_NATS_URL to another"
    )


@pytest.mark.thorough
async def test_a_broker_that_is_silent_is_reported_within_a_second_or_two() -> None:
    """A connection that is not answered, as through a firewall, is waited for longer."""
    said: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as filling:
        filling.setblocking(False)
        filling.connect_ex(full.getsockname())
        url = f"nats://127.0.0.1:{full.getsockname()[1]}"
        # The queue of a listening socket that is full drops further connections.
        waiting = asyncio.create_task(require_broker(url, said.set_result))
        async with asyncio.timeout(TIMEOUT_SECONDS):
            assert await said == f"no broker answers at {url} yet: waiting up to 10 s"
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        (["--service", "notices"], "notices waits up to 30 s for one"),
        pytest.param(["--relay"], "the relay waits up to 30 s for one", marks=pytest.mark.thorough),
        pytest.param(["--gateway"], "the gateway waits up to 30 s for one, ", marks=pytest.mark.thorough),
    ],
)
def test_a_single_process_says_that_it_waits_for_the_broker(start: Start, options: list[str], waits: str) -> None:
    """At once, with the address and the time."""
    start.environment["I247_NATS_URL"] = f"nats://127.0.0.1:{free_port()}"
    said = start.first_error_of("up", *options)
    assert said.startswith(f"i247: no broker answers at {start.environment['I247_NATS_URL']}: {waits}")


@pytest.mark.thorough
def test_a_single_process_says_that_it_joins_a_running_mesh(start: Start) -> None:
    """A further process of a service shares its requests."""
    home = StateDir(start.home)
    with announced(home, MESH) as announcement:
        announcement.write(Settings(home=start.home))
        said = start.first_error_of("up", "--service", "notices")
    assert said == f"i247: joins the mesh that runs in {start.home} as a further process of notices\n"


@pytest.mark.thorough
@pytest.mark.parametrize("arguments", [("up", "--service", "notices"), ("provision",), ("up",)])
def test_a_database_server_that_does_not_answer_refuses_the_start(start: Start, arguments: tuple[str, ...]) -> None:
    """In one sentence with its address."""
    port = free_port()
    start.environment["I247_STORE_URL"] = f"postgresql://me@127.0.0.1:{port}/i247_{{service}}"
    assert start.refusal(*arguments).startswith(f"PostgreSQL at 127.0.0.1:{port} cannot be reached: ")


SETTINGS: dict[str, tuple[dict[str, str], str]] = {
    "any proxy": ({"I247_TRUSTED_PROXIES": "*"}, "I247_TRUSTED_PROXIES: "),
    "every address": ({"I247_TRUSTED_PROXIES": "10.0.0.9,::/0"}, "I247_TRUSTED_PROXIES: "),
    "not a number": ({"I247_PORT": "abc"}, "I247_PORT: must be a port from 1 to 65535, not 'abc'"),
    "no port": ({"I247_NATS_PORT": "65536"}, "I247_NATS_PORT: must be a port from 1 to 65535, not '65536'"),
    "unknown bureau": ({"I247_BUREAUS": "FR,XX"}, "I247_BUREAUS: unknown bureau 'XX': use an ISO 3166-1 alpha-2 code"),
}


@pytest.mark.thorough
@pytest.mark.parametrize("fault", with_one_in_fast_runs(SETTINGS))
def test_an_invalid_setting_is_refused_with_its_name(tmp_path: Path, fault: str) -> None:
    """No file is made."""
    start = Start(tmp_path / "home")
    changed, beginning = SETTINGS[fault]
    start.environment |= changed
    assert start.refusal().startswith(beginning)
    assert not start.home.exists()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("up", "--bureaus", "XX"),
            "I247_BUREAUS: unknown bureau 'XX': use an ISO 3166-1 alpha-2 code such as FR, or IPSG",
        ),
        (("token", "FR"), "there is no mesh in "),
    ],
    ids=["unknown bureau", "no mesh"],
)
def test_a_command_with_a_missing_object_is_refused_with_the_reason(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """An unknown bureau, or no mesh."""
    assert Start(tmp_path / "home").refusal(*arguments).startswith(sentence)


@pytest.mark.thorough
def test_a_missing_nats_server_is_refused_with_the_remedy(start: Start, tmp_path: Path) -> None:
    """In an environment without nats-server."""
    bare = tmp_path / "bin"
    bare.mkdir()
    python = bare / "python"
    python.symlink_to(Path(sys.executable).resolve())
    start.environment |= {
        "PATH": str(bare),
        "PYTHONPATH": os.pathsep.join([str(PROJECT), *{sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}]),
    }
    assert start.refusal(python=python) == (
        "nats-server is not in this environment: run `make run`, or set I247_NATS_URL to an external one"
    )


@pytest.mark.thorough
def test_a_service_that_refuses_to_start_ends_the_mesh(start: Start) -> None:
    """The mesh reports the reason, and ends all processes that it had started."""
    store = start.home / "stores" / "notices.db"
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"this is no database " * 500)
    assert start.refusal().startswith("the store of notices: ")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(start.environment["I247_NATS_PORT"])), timeout=TIMEOUT_SECONDS)


@pytest.mark.thorough
def test_an_interrupted_start_ends_at_once(start: Start) -> None:
    """Ctrl-C works while the services are still starting, and leaves no process."""
    with start.begin("up") as process:
        while not (start.home / "log" / "gateway.log").exists():
            assert process.poll() is None
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(TIMEOUT_SECONDS) == 0
    assert family
    assert left_of(family) == []
