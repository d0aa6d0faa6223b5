"""The compose file, run without Docker: its containers connect, and each has only its own secrets."""

import asyncio
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx
import pytest

from deploy.state.directory_file import load_directory
from deploy.state.state_dir import StateDir
from services import SERVICES
from tests.documents import block_run_by
from tests.postgres import PostgresServer, running_postgres
from tests.system.containers import Compose, client, containers, passwords

pytestmark = pytest.mark.thorough

T = TypeVar("T")
WAIT_SECONDS = 120
STORING = [
    *("gateway-ccf", "gateway-de", "gateway-fr", "gateway-ipsg"),
    *(service.name for service in SERVICES),
]


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the passwords of `.env`, made as the documents say."""
    command = block_run_by("tests/system/test_containers.py", "how-to/containers.md")
    return passwords(command, tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    """Run a server that requires passwords."""
    with running_postgres() as server:
        server.require_passwords()
        yield server


@pytest.fixture(scope="module")
def network(
    tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str], postgres: PostgresServer
) -> Iterator[Compose]:
    """Start all containers."""
    compose = Compose(tmp_path_factory.mktemp("compose"), variables, postgres)
    try:
        compose.up()
        yield compose
    finally:
        compose.stop()


def until(ask: Callable[[], T | None]) -> T:
    """Return the first result that is not None."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        if (answer := ask()) is not None:
            return answer
        time.sleep(0.3)
    raise AssertionError("it never came")


def until_healthy(network: Compose, bureau: str) -> None:
    """Wait until the health endpoint of a bureau's gateway returns 200."""

    def health() -> bool | None:
        try:
            return httpx.get(f"{network.base(f'gateway-{bureau}')}/health", timeout=10).status_code == 200 or None
        except httpx.TransportError:
            return None

    until(health)


def test_a_message_is_delivered_from_one_bureau_to_another(network: Compose) -> None:
    """Each has its own gateway and mailbox, and all health checks pass."""
    for bureau in ("fr", "de", "ipsg"):
        until_healthy(network, bureau)
    assert all(
        network.is_healthy(name) for name, each in containers().items() if "healthcheck" in each and "build" in each
    )
    with client(network, "FR") as france, client(network, "DE") as germany:
        letter = {"to": ["DE"], "subject": "A lorry", "body": "At the border."}
        sent = france.post("/api/messages", json=letter)
        assert sent.status_code == 202, sent.text
        path = f"/api/messages/{sent.json()['id']}"
        assert until(lambda: germany.get(path).json().get("subject")) == "A lorry"
        until(lambda: france.get(path).json()["progress"].get("delivered") == 1 or None)


def private_keys(folder: Path) -> list[bytes]:
    """Return the contents of the key and seed files of a volume."""
    return [
        content
        for file in folder.rglob("*")
        if file.is_file() and (content := file.read_bytes()) and file.suffix in (".pem", ".key", ".nk")
    ]


def test_no_private_key_is_in_two_volumes(network: Compose) -> None:
    """Except the NKEY of the relay, which the Secretariat made. Public volumes and the broker's hold none."""
    volumes = {folder.name: private_keys(folder) for folder in (network.folder / "volumes").iterdir()}
    times = Counter(key for keys in volumes.values() for key in set(keys))
    relay = StateDir(network.volume("relay")).nats_seed("relay").read_bytes()
    assert [key for key, number in times.items() if number > 1] == [relay]
    assert {name: len(keys) for name, keys in volumes.items()} == {
        "secretariat": len(["root", "token", "signing", "sealing", "NKEY", "operator", "system", "relay"]),
        "relay": 1,
        **{f"gateway-{bureau}": len(["token", "signing", "sealing", "NKEY"]) for bureau in ("fr", "de", "ccf")},
        **{name: len(["signing", "NKEY"]) for name in STORING if not name.startswith("gateway-")},
        **dict.fromkeys(("broker", "requests", "directory"), 0),
    }


def test_shared_volumes_contain_no_secret(network: Compose) -> None:
    """Not a byte of any key or passphrase."""
    secrets = {key.strip() for folder in (network.folder / "volumes").iterdir() for key in private_keys(folder)}
    public = [
        file.read_bytes() for name in ("broker", "requests", "directory") for file in files_in(network.volume(name))
    ]
    assert len(public) > len(STORING)
    assert not [secret for secret in secrets if any(secret in each for each in public)]


def files_in(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_the_gateway_of_the_secretariat_cannot_use_the_root_key(network: Compose) -> None:
    """The key is encrypted; only the container that enters participants has the passphrase."""
    home = StateDir(network.volume("secretariat"))
    assert b"ENCRYPTED" in home.root_key.read_bytes()
    before = home.directory.read_bytes()
    output = network.run("gateway-ipsg", "i247", "keys", "rotate", "IPSG")
    home.drafts.unlink()
    assert "`i247 directory sign` signs it" in output
    assert home.directory.read_bytes() == before


def test_a_second_start_changes_nothing(network: Compose) -> None:
    """No key is made, no entry is added, and what runs goes on."""
    directory = StateDir(network.volume("secretariat")).directory
    before = load_directory(StateDir(network.volume("secretariat"))).log.size
    keys = sorted(map(str, (network.folder / "volumes").rglob("*.pem")))
    network.up("secretariat")
    assert "FR.request: entered already" in network.log("secretariat")
    assert load_directory(StateDir(network.volume("secretariat"))).log.size == before
    assert sorted(map(str, (network.folder / "volumes").rglob("*.pem"))) == keys
    assert (network.volume("directory") / "directory.json").read_bytes() == directory.read_bytes()
    until_healthy(network, "fr")


def role_of(name: str) -> str:
    return f"i247_{name.replace('-', '_')}"


def refusal(postgres: PostgresServer, role: str, password: str, database: str) -> str:
    """Return the error of a role's connection to a database, or an empty text if it is admitted."""

    async def connect() -> None:
        url = postgres.at_socket(f"postgresql://{role}:{password}@postgres/{database}", "postgres")
        await (await asyncpg.connect(url)).close()

    try:
        asyncio.run(connect())
    except asyncpg.PostgresError as error:
        return type(error).__name__
    return ""


def test_a_database_role_opens_only_its_own_database(
    network: Compose, postgres: PostgresServer, variables: dict[str, str]
) -> None:
    """And only with its password."""
    databases = postgres.ask("SELECT datname FROM pg_database WHERE datname <> 'template0' ORDER BY 1")
    assert len(databases) == len(STORING) + len(["postgres", "template1"])
    for name in STORING:
        password = variables[f"I247_DB_{name.replace('-', '_').upper()}"]
        opened = [each for each in databases if refusal(postgres, role_of(name), password, each) == ""]
        assert opened == [f"{role_of(name)}_mailboxes" if name.startswith("gateway") else role_of(name)]
        assert refusal(postgres, role_of(name), "0" * 48, opened[0]) == "InvalidPasswordError"


@pytest.mark.parametrize("name", ["broker", "postgres"])
def test_a_container_requires_its_password_variables(name: str) -> None:
    """Compose refuses to start it without them; the broker requires none."""
    required = re.findall(r"\$\{(\w+):\?", str(containers()[name]))
    assert bool(required) == (name == "postgres")
    assert not set(required) & set(os.environ)
