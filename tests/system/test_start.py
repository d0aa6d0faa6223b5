"""A mesh that cannot start prints one clear sentence and exits with status 3, without a traceback."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.provisioning.demo_accounts import demo_officer_id, load_demo_passwords
from deploy.state.directory_file import load_directory
from deploy.state.state_dir import FORMAT, StateDir
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from tests.broker import free_port
from tests.system.mesh import PROJECT, left_of

REFUSED = 3
TIMEOUT_SECONDS = 30


def with_one_in_fast_runs(cases: Iterable[str]) -> list[Any]:
    """Return test parameters, of which only the first is not thorough: each starts a process."""
    first, *others = cases
    return [first, *(pytest.param(case, marks=pytest.mark.thorough) for case in others)]


class Start:
    """A command of `i247` with its own state directory and environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "I247_HOME": str(home),
            "I247_PORT": str(free_port()),
            "I247_NATS_PORT": str(free_port()),
            "I247_BUREAUS": "FR",
        }

    def run(self, *arguments: str, python: Path = Path(sys.executable)) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [python, "-m", "deploy", *(arguments or ("up",))]
        return subprocess.run(
            command,
            env=self.environment,
            cwd=PROJECT,
            text=True,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )

    @contextmanager
    def begin(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command, and kill it at the end of the block."""
        command = [sys.executable, "-m", "deploy", *arguments]
        with subprocess.Popen(command, env=self.environment, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    def refusal(self, *arguments: str, python: Path = Path(sys.executable)) -> str:
        """Run a command that must be refused, and return its one sentence."""
        done = self.run(*arguments, python=python)
        assert done.returncode == REFUSED, done
        assert "Traceback" not in done.stdout + done.stderr
        (sentence,) = done.stderr.splitlines()
        assert sentence.startswith("i247: ")
        return sentence.removeprefix("i247: ")


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provision one state directory for the whole test run."""
    home = tmp_path_factory.mktemp("provisioned") / "home"
    done = Start(home).run("provision")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def start(provisioned: Path, tmp_path: Path) -> Start:
    """Return a start in a copy of a provisioned state directory."""
    return Start(shutil.copytree(provisioned, tmp_path / "home"))


@pytest.fixture
def busy_port() -> Iterator[int]:
    """Listen on a port, so that no other program can."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_busy_port_is_refused_with_its_setting(start: Start, busy_port: int) -> None:
    """The error names the port of the other program and how to choose another."""
    start.environment["I247_PORT"] = str(busy_port)
    assert start.refusal() == (
        f"port {busy_port} of 127.0.0.1 cannot be used (Address already in use): free it or set I247_PORT"
    )


@pytest.mark.thorough
def test_a_busy_broker_port_is_refused_with_its_setting(start: Start, busy_port: int) -> None:
    """The port is checked before the NATS server is started."""
    start.environment["I247_NATS_PORT"] = str(busy_port)
    assert start.refusal() == f"port {busy_port} for the broker is in use: free it or set I247_NATS_PORT"


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
@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (["--service", "notices"], "notices.pem is missing: `i247 keys request notices` makes keys here"),
        (["--gateway"], "`i247 keys request` makes one here"),
    ],
)
def test_a_process_without_a_key_is_refused_with_the_command_to_make_one(
    start: Start, part: list[str], reason: str
) -> None:
    """On its own machine, where no other program makes one."""
    for key in start.home.glob("secrets/signing/*.pem"):
        key.unlink()
    assert start.refusal("up", *part).endswith(reason)


CORRUPT = {
    "secrets/root.pem": "cannot be read as a PEM private key: restore or remove it",
    "secrets/signing/notices.pem": "cannot be read as a PEM private key: restore or remove it",
    "secrets/nats/FR.nk": "holds no NKEY seed: restore or remove the file",
    "secrets/officers.json": "cannot be read: restore or remove the file",
    "secrets/demo-passwords.json": "cannot be read: restore or remove the file",
    "directory.json": "restore it from a backup made after the last revocation; to start again ",
}


@pytest.mark.parametrize("file", with_one_in_fast_runs(CORRUPT))
def test_a_corrupt_file_is_refused_with_its_path_and_the_remedy(start: Start, file: str) -> None:
    """Its content is neither shown nor changed."""
    damaged, content = start.home / file, b"\x00\xff garbage \x80"
    damaged.write_bytes(content)
    sentence = start.refusal()
    assert str(damaged) in sentence
    assert CORRUPT[file] in sentence
    assert "garbage" not in sentence
    assert damaged.read_bytes() == content


def test_a_state_directory_is_accessible_only_to_its_owner(start: Start) -> None:
    """Records, messages and logs like keys; also in a directory that was made too open."""
    (start.home / "stores").chmod(0o755)
    assert start.run("provision").returncode == 0
    assert {start.home.joinpath(name).stat().st_mode & 0o777 for name in ("stores", "log", "secrets")} == {0o700}
    made = Start(start.home.with_name("made"))
    assert made.run("provision").returncode == 0
    assert made.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.thorough
def test_a_lost_key_is_reported_and_not_replaced(start: Start) -> None:
    """At each start; the lost key stays valid, wherever it is, until it is revoked."""
    (start.home / "secrets/signing/FR.pem").unlink()
    message = "no key of FR is here, so it does not run here; if they are lost: `i247 keys request FR`"
    assert message in start.run("provision").stdout
    assert message in start.run("provision").stdout
    assert not (start.home / "secrets/signing/FR.pem").exists()


@pytest.mark.thorough
def test_an_external_broker_that_does_not_answer_refuses_the_start(start: Start) -> None:
    """At once, before each process tries to connect."""
    unused_port = free_port()
    start.environment["I247_NATS_URL"] = f"nats://127.0.0.1:{unused_port}"
    assert start.refusal() == (
        f"no broker answers at nats://127.0.0.1:{unused_port}: start it, or set I247_NATS_URL to another"
    )


@pytest.mark.thorough
def test_an_empty_root_key_file_is_refused(start: Start) -> None:
    """A new root key would silently end all trust."""
    (start.home / "secrets/root.pem").write_bytes(b"")
    assert start.refusal().endswith("root.pem cannot be read as a PEM private key: restore or remove it")


def test_a_lost_root_key_is_not_replaced(start: Start) -> None:
    """A new one would make all keys worthless. A start needs it only for a bureau that joins."""
    root, pinned = start.home / "secrets/root.pem", start.home / "root.pub"
    root.unlink()
    before = pinned.read_text()
    start.environment["I247_BUREAUS"] = "FR,DE"
    assert start.refusal().startswith(f"{root} is not here: only the General Secretariat, which has it, ")
    assert (root.exists(), pinned.read_text()) == (False, before)


@pytest.mark.thorough
def test_a_directory_of_another_root_key_is_refused(start: Start) -> None:
    """Where root.pem and root.pub were replaced, earlier entries are not trusted."""
    (start.home / "secrets/root.pem").unlink()
    (start.home / "root.pub").unlink()
    sentence = start.refusal()
    assert sentence.startswith(
        f"{start.home / 'directory.json'}: a directory entry is not signed by the pinned root key: restore it "
    )


@pytest.mark.thorough
@pytest.mark.parametrize("file", ["mesh.lock", "root.pub", "broker/nats-server.conf"])
def test_an_unusable_file_is_refused_with_its_name(start: Start, file: str) -> None:
    """A directory is in the place of the file."""
    (start.home / file).unlink(missing_ok=True)
    (start.home / file).mkdir()
    assert file in start.refusal()


@pytest.mark.thorough
@pytest.mark.parametrize("found", [b"0\n", b"\xff\xfe" * 500], ids=["older", "not text"])
def test_a_state_directory_of_another_format_is_refused(start: Start, found: bytes) -> None:
    """The files of another version are not changed."""
    (start.home / "format").write_bytes(found)
    sentence = start.refusal()
    assert sentence.endswith(f"this program uses {FORMAT}: move it away or set I247_HOME to another")
    assert len(sentence) < 300


def test_a_directory_with_foreign_files_is_refused(tmp_path: Path) -> None:
    """No keys are written into it."""
    (tmp_path / "letter.txt").write_text("Dear Jane")
    assert Start(tmp_path).refusal() == (
        f"{tmp_path} holds files that are not a mesh's state: move them away or set I247_HOME to another"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.thorough
def test_a_state_directory_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    home = tmp_path / "file" / "home"
    assert Start(home).refusal() == f"the state directory {home} cannot be used: Not a directory"


SETTINGS: dict[str, tuple[dict[str, str], str]] = {
    "any proxy": ({"I247_TRUSTED_PROXIES": "*"}, "I247_TRUSTED_PROXIES: "),
    "every address": ({"I247_TRUSTED_PROXIES": "10.0.0.9,::/0"}, "I247_TRUSTED_PROXIES: "),
    "not a number": ({"I247_PORT": "abc"}, "I247_PORT: "),
    "unknown bureau": ({"I247_BUREAUS": "FR,XX"}, "I247_BUREAUS: unknown bureau 'XX': use an ISO 3166-1 alpha-2 code"),
}


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
        (("up", "--service", "weather"), "there is no service weather: use one of notices, "),
        (("token", "FR"), "there is no mesh in "),
    ],
    ids=["unknown bureau", "unknown service", "no mesh"],
)
def test_a_command_with_a_missing_object_is_refused_with_the_reason(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """An unknown bureau or service, or no mesh."""
    assert Start(tmp_path / "home").refusal(*arguments).startswith(sentence)


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
def test_an_interrupted_provisioning_is_completed_by_the_next(tmp_path: Path) -> None:
    """After kill -9 among the keys, existing keys are kept, the rest are made, and no draft is left."""
    start = Start(tmp_path / "home")
    start.environment["I247_BUREAUS"] = "all"
    keys = start.home / "secrets" / "signing"
    with start.begin("provision") as process:
        while not keys.exists() or len(list(keys.glob("*.pem"))) < 5:
            assert process.poll() is None
        process.kill()
    assert not (start.home / "directory.json").exists()
    made = {file: file.read_bytes() for file in keys.glob("*.pem")}
    assert start.run("provision").returncode == 0
    assert {file: file.read_bytes() for file in made} == made
    directory, passwords = load_directory(StateDir(start.home)), load_demo_passwords(StateDir(start.home))
    members = {entry.participant for entry in directory.entries() if entry.kind == "bureau"}
    assert members == {*MEMBERS, SECRETARIAT}
    assert {demo_officer_id(BureauCode(member)) for member in members} <= passwords.keys()
    for entry in directory.entries():
        assert entry.kid in {key.kid for key in StateDir(start.home).keys_of(entry.participant).signing}
    assert {file.stat().st_mode & 0o777 for file in (start.home / "secrets").rglob("*") if file.is_file()} == {0o600}


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
