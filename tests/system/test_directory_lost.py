"""A lost or incomplete directory is never recreated automatically; an interrupted first start is completed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from deploy.broker.server_configuration import Listener
from deploy.cli import main
from deploy.provisioning.provision import Provisioner
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import load_directory, load_root
from deploy.state.errors import StartRefused
from deploy.state.state_dir import StateDir
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.service import Service
from tests.conftest import NOW
from tests.faults.gateway import WITH_FULL_DISK
from tests.system.mesh import PROJECT

FRANCE = BureauCode("FR")
SERVICES = (Service("tests", "notices", "A service for tests."),)
INTERRUPTED = 9
LISTENER = Listener("127.0.0.1", 4222, Path("/nowhere"))


def provision(home: StateDir) -> None:
    """Make the missing keys and files, as a start does."""
    home.open()
    provisioner = Provisioner(home, FixedClock(NOW))
    provisioner.configure_broker(provisioner.provision([FRANCE], SERVICES), LISTENER)


@pytest.fixture
def home(tmp_path: Path) -> StateDir:
    """Return a state directory in which the only key of France is revoked."""
    home = StateDir(tmp_path / "home")
    provision(home)
    clock = FixedClock(NOW + timedelta(minutes=1))
    registrar = Registrar(home, clock, load_root(home))
    registrar.revoke(FRANCE)
    registrar.sign(SigningKey.load(home.root_key))
    return home


Loss = Callable[[StateDir], None]


def change(alter: Callable[[dict[str, Any]], object]) -> Loss:
    """Return a loss that alters the JSON content of the file."""

    def lose(home: StateDir) -> None:
        whole = json.loads(home.directory.read_text())
        alter(whole)
        home.directory.write_text(json.dumps(whole))

    return lose


LOSSES: dict[str, tuple[Loss, str]] = {
    "missing": (lambda home: home.directory.unlink(), " is missing: "),
    "emptied": (lambda home: home.directory.write_text(""), ": this is no part of a directory: "),
    "zeroed": (lambda home: home.directory.write_bytes(bytes(3_000)), ": this is no part of a directory: "),
    "end of the file": (lambda home: os.truncate(home.directory, 3_000), ": this is no part of a directory: "),
    "all entries": (change(lambda whole: whole["entries"].clear()), ": it is incomplete: 0 of 4 entries: "),
    "last entry": (change(lambda whole: whole["entries"].pop()), ": it is incomplete: 3 of 4 entries: "),
    "first entry": (change(lambda whole: whole["entries"].pop(0)), ": it is incomplete: 3 of 4 entries: "),
    "order": (change(lambda whole: whole["entries"].reverse()), ": the entries do not fit the head"),
    "head": (change(lambda whole: whole.update(head="")), ": the head cannot be read: "),
    "one entry": (
        change(lambda whole: whole["entries"].insert(0, whole["entries"].pop()[:-9])),
        ": a directory entry ",
    ),
    "another head": (
        change(lambda whole: whole.update(head=whole["head"].replace("\n4\n", "\n3\n"))),
        ": the head is not ",
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_start_with_an_incomplete_directory_is_refused(home: StateDir, loss: str) -> None:
    """The error names the file and the remedy; nothing is signed, and the file is left as it is."""
    lose, sentence = LOSSES[loss]
    lose(home)
    left = home.directory.read_bytes() if home.directory.exists() else None
    for act in (provision, load_directory):
        with pytest.raises(StartRefused) as refused:
            act(home)
        assert str(refused.value).startswith(f"{home.directory}{sentence}")
        assert "restore it from a backup made after the last revocation" in str(refused.value)
        assert str(refused.value).endswith(f"to start again with new keys and without members, move {home.path} away")
    assert (home.directory.read_bytes() if home.directory.exists() else None) == left


def test_an_entry_of_another_directory_is_refused(home: StateDir, tmp_path: Path) -> None:
    """The number of entries fits the head, but one line is from the file of another root key."""
    before = StateDir(tmp_path / "before")
    provision(before)
    text = home.directory.read_text()
    revoked = load_directory(home).entries_of(FRANCE)[0]
    other = load_directory(before)
    [foreign] = [other.signed_entry_of(entry.kid) for entry in other.entries_of(FRANCE)]
    line = load_directory(home).signed_entry_of(revoked.kid)
    assert line is not None
    home.directory.write_text(text.replace(line, str(foreign)))
    with pytest.raises(StartRefused, match="not signed by the pinned root key"):
        provision(home)


def test_a_bureau_without_a_directory_is_referred_to_the_secretariat(home: StateDir) -> None:
    """It has no root key, and cannot make a directory."""
    home.root_key.unlink()
    home.directory.unlink()
    with pytest.raises(StartRefused) as refused:
        load_directory(home)
    assert str(refused.value) == f"{home.directory} is missing: get it from the General Secretariat, which signs it"


@pytest.mark.thorough
def test_a_full_disk_leaves_the_directory_unchanged(home: StateDir) -> None:
    """The command reports it, and leaves neither a partial directory nor a partial draft."""
    before = home.directory.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", WITH_FULL_DISK, sys.executable, "-m", "deploy", "keys", "revoke", "notices"],
        env={**os.environ, "I247_HOME": str(home.path)},
        cwd=PROJECT,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    [sentence] = done.stderr.splitlines()
    assert " cannot be written (" in sentence
    assert home.directory.read_bytes() == before
    assert list(home.path.glob("*.new")) == []


@pytest.mark.parametrize("command", [["up"], ["provision"], ["keys", "list"], ["keys", "rotate", "FR"]])
def test_a_command_on_a_mesh_without_its_directory_is_refused(
    home: StateDir, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """None creates another directory, or says that there is no mesh yet."""
    monkeypatch.setenv("I247_HOME", str(home.path))
    home.directory.unlink()
    assert main(command) == 3
    assert f"{home.directory} is missing: restore it from a backup" in capsys.readouterr().err
    assert not home.directory.exists()


@pytest.mark.thorough
def test_a_restored_directory_keeps_its_revocations(home: StateDir) -> None:
    """After the remedy of the error message, the mesh starts with the same members and revocations."""
    backup = home.directory.read_bytes()
    home.directory.unlink()
    home.directory.write_bytes(backup)
    provision(home)
    assert load_directory(home).entries_of(FRANCE)[0].revoked_at is not None


def interrupted(home: StateDir, after: int) -> bool:
    """Provision in a process that exits instead of renaming file number `after`; return whether it exited there.

    Every durable file is written under another name and then renamed, so that these are all steps.
    """
    child = os.fork()
    if child == 0:
        steps = count()

        def end_at_the_step(event: str, _arguments: object) -> None:
            if event == "os.rename" and next(steps) == after:
                os._exit(INTERRUPTED)

        sys.addaudithook(end_at_the_step)
        try:
            provision(home)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert not os.WIFSIGNALED(status), signal.Signals(os.WTERMSIG(status))
    code = os.WEXITSTATUS(status)
    assert code in {0, INTERRUPTED}
    return code == INTERRUPTED


def interruptions(tmp_path: Path) -> Iterator[StateDir]:
    """Yield a state directory for each step at which a first start was interrupted."""
    for step in count():
        home = StateDir(tmp_path / str(step))
        if not interrupted(home, step):
            return
        yield home


@pytest.mark.thorough
def test_an_interrupted_first_start_is_completed_by_the_next(tmp_path: Path) -> None:
    """Whichever step was interrupted: it makes what is missing, and keeps the keys that exist."""
    homes = list(interruptions(tmp_path))
    assert len(homes) > 12
    for home in homes:
        before = {file: file.read_bytes() for file in home.secrets.rglob("*.pem")}
        provision(home)
        assert load_directory(home).members(NOW) == ["FR", "IPSG"]
        assert before.items() <= {file: file.read_bytes() for file in home.secrets.rglob("*.pem")}.items()


@pytest.mark.thorough
def test_a_start_with_a_published_root_key_requires_the_directory(tmp_path: Path) -> None:
    """The root's public key is written after the directory, so its presence shows that there was a directory."""
    begun = [home for home in interruptions(tmp_path) if home.root_public_key.exists()]
    assert begun
    for home in begun:
        home.directory.unlink()
        with pytest.raises(StartRefused, match=r"directory\.json is missing"):
            provision(home)
