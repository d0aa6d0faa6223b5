"""The users in the configuration of the NATS server, as the gateway of the Secretariat changes them."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.broker.nkeys import issuer_nkey
from deploy.broker.server_configuration import Listener, ListenerTls
from deploy.broker.users import current_list_number, exclude_users
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import load_directory, load_root
from deploy.state.state_dir import StateDir
from shared.clock import SystemClock
from shared.crypto.ed25519 import SigningKey
from shared.protocol.directory import Directory
from shared.protocol.directory_entry import sign_entry
from shared.transport import BrokerRefused
from shared.transport.tls_files import TlsFiles
from tests.broker import MEMBERS, SERVICES

NOBODY = frozenset[str]()


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Provision three bureaus and two services."""
    made = StateDir(tmp_path / "home")
    made.open()
    provisioner = Provisioner(made, SystemClock())
    provisioner.configure_broker(provisioner.provision(MEMBERS, SERVICES), Listener("127.0.0.1", 1, tmp_path / "store"))
    return made


@pytest.fixture
def known(home: StateDir) -> Directory:
    """Return the directory of a gateway that knows only what the file contains."""
    return load_directory(home)


def accounts(home: StateDir) -> dict[str, Any]:
    """Return the accounts in the configuration."""
    found: dict[str, Any] = json.loads(home.nats_configuration.read_text())["accounts"]
    return found


@pytest.mark.thorough
async def test_an_excluded_participant_has_no_user(home: StateDir, known: Directory) -> None:
    """All else stays as it is, and inclusion restores the former configuration."""
    before = accounts(home)
    assert await exclude_users(home, known, frozenset({"FR", "notices"}))
    after = accounts(home)
    assert (after["FR"].pop("users"), after["notices"].pop("users")) == ([], [])
    assert after == {
        name: {key: value for key, value in each.items() if name not in ("FR", "notices") or key != "users"}
        for name, each in before.items()
    }
    assert await exclude_users(home, known, NOBODY)
    assert accounts(home) == before


@pytest.mark.thorough
async def test_each_written_list_has_a_higher_number(home: StateDir, known: Directory, tmp_path: Path) -> None:
    """So that no relay follows an older list where TLS is on, whichever program wrote it."""
    tls = ListenerTls(TlsFiles(tmp_path, tmp_path, tmp_path), issuer_nkey(home))
    listener, numbers = Listener("127.0.0.1", 1, tmp_path / "store", tls), [current_list_number(home)]
    for names in (frozenset({"FR"}), NOBODY):
        Provisioner(home, SystemClock()).configure_broker(known, listener)
        numbers.append(current_list_number(home))
        assert await exclude_users(home, known, names | {"DE"})
        numbers.append(current_list_number(home))
    assert numbers[0] == 0
    assert sorted({*numbers}) == numbers


async def test_an_unchanged_configuration_is_not_written(home: StateDir, known: Directory) -> None:
    """The gateway checks five times a second."""
    written = home.nats_configuration.stat()
    assert not await exclude_users(home, known, NOBODY)
    found = home.nats_configuration.stat()
    assert (found.st_ino, found.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


@pytest.mark.thorough
async def test_a_key_revoked_in_the_known_directory_has_no_user(home: StateDir, known: Directory) -> None:
    """The directory file of a gateway may be older than the directory that it knows."""
    registrar = Registrar(home, SystemClock(), load_root(home))
    for entry in registrar.revoke("FR"):
        registrar.directory.learn(sign_entry(entry, SigningKey.load(home.root_key)))
    assert await exclude_users(home, registrar.directory, NOBODY)
    assert accounts(home)["FR"]["users"] == []
    assert await exclude_users(home, known, NOBODY)
    assert accounts(home)["FR"]["users"] != []


async def test_a_missing_configuration_is_named(home: StateDir, known: Directory) -> None:
    """As on a machine to which it was not copied."""
    home.nats_configuration.unlink()
    with pytest.raises(BrokerRefused, match=r"nats-server.conf is not a configuration that .* wrote: restore it"):
        await exclude_users(home, known, frozenset({"FR"}))
