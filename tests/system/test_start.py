"""What keeps a mesh from starting is told in one clear sentence with exit status 3, and never by a traceback."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from deploy.provisioning.demo_accounts import demo_officer_id, load_demo_passwords
from deploy.state.directory_file import load_directory
from deploy.state.state_dir import FORMAT, StateDir
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from tests.broker import free_port
from tests.system.mesh import PROJECT, left_of

REFUSED = 3
PATIENCE = 30


class Start:
    """A command of `i247` in a state directory of its own, with what its environment says."""

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
            command, env=self.environment, cwd=PROJECT, text=True, capture_output=True, timeout=PATIENCE, check=False
        )

    @contextmanager
    def begin(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Begin a command, and end it with the block."""
        command = [sys.executable, "-m", "deploy", *arguments]
        with subprocess.Popen(command, env=self.environment, cwd=PROJECT, stdout=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    def refusal(self, *arguments: str, python: Path = Path(sys.executable)) -> str:
        """Run a command that must be refused, and return the one sentence."""
        done = self.run(*arguments, python=python)
        assert done.returncode == REFUSED, done
        assert "Traceback" not in done.stdout + done.stderr
        (sentence,) = done.stderr.splitlines()
        assert sentence.startswith("i247: ")
        return sentence.removeprefix("i247: ")


@pytest.fixture(scope="session")
def provisioned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provision one state directory for the whole run."""
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
    """Listen on a port, so that nobody else can."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_busy_port_is_named_with_its_setting(start: Start, busy_port: int) -> None:
    """Where another program listens, the sentence says on which port and how to choose another."""
    start.environment["I247_PORT"] = str(busy_port)
    assert start.refusal() == (
        f"port {busy_port} of 127.0.0.1 cannot be used (Address already in use): free it or set I247_PORT"
    )


def test_a_busy_port_of_the_broker_is_named_with_its_setting(start: Start, busy_port: int) -> None:
    """The broker's port is checked before its server is started."""
    start.environment["I247_NATS_PORT"] = str(busy_port)
    assert start.refusal() == f"port {busy_port} for the broker is in use: free it or set I247_NATS_PORT"


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ("secrets/nats/relay.nk", "is missing: copy it there"),
        ("directory.json", "directory.json"),
        ("root.pub", "root.pub"),
    ],
)
def test_a_relay_does_not_start_without_what_it_needs(start: Start, missing: str, says: str) -> None:
    """Without the directory it would relay nothing of a service, and nobody would know."""
    (start.home / missing).unlink()
    assert says in start.refusal("up", "--relay")


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (["--service", "notices"], "notices.pem is missing: `i247 keys request notices` makes keys here"),
        (["--gateway"], "`i247 keys request` makes one here"),
    ],
)
def test_a_part_without_a_key_is_told_how_it_gets_one(start: Start, part: list[str], says: str) -> None:
    """On its own machine: nobody puts a key there."""
    for key in start.home.glob("secrets/signing/*.pem"):
        key.unlink()
    assert start.refusal("up", *part).endswith(says)


CORRUPT = {
    "secrets/root.pem": "cannot be read as a PEM private key: restore or remove it",
    "secrets/signing/notices.pem": "cannot be read as a PEM private key: restore or remove it",
    "secrets/nats/FR.nk": "holds no NKEY seed: restore or remove the file",
    "secrets/officers.json": "cannot be read: restore or remove the file",
    "secrets/demo-passwords.json": "cannot be read: restore or remove the file",
    "directory.json": "restore it from a backup made after the last revocation; to start again ",
}


@pytest.mark.parametrize("file", CORRUPT)
def test_a_corrupt_file_is_named_with_what_to_do(start: Start, file: str) -> None:
    """A file that was damaged is named by its path, nothing in it is shown, and it is left for whoever restores it."""
    damaged, content = start.home / file, b"\x00\xff garbage \x80"
    damaged.write_bytes(content)
    sentence = start.refusal()
    assert str(damaged) in sentence
    assert CORRUPT[file] in sentence
    assert "garbage" not in sentence
    assert damaged.read_bytes() == content


def test_a_state_directory_is_closed_to_others(start: Start) -> None:
    """Records, mail and logs are for their owner alone, like keys; also in a directory that was made too open."""
    (start.home / "stores").chmod(0o755)
    assert start.run("provision").returncode == 0
    assert {start.home.joinpath(name).stat().st_mode & 0o777 for name in ("stores", "log", "secrets")} == {0o700}
    made = Start(start.home.with_name("made"))
    assert made.run("provision").returncode == 0
    assert made.home.stat().st_mode & 0o777 == 0o700


def test_a_lost_key_is_not_replaced_without_a_decision(start: Start) -> None:
    """It is said each time; the one that was lost stays good, wherever it is, until somebody revokes it."""
    (start.home / "secrets/signing/FR.pem").unlink()
    said = "no key of FR is here, so it does not run here; if they are lost: `i247 keys request FR`"
    assert said in start.run("provision").stdout
    assert said in start.run("provision").stdout
    assert not (start.home / "secrets/signing/FR.pem").exists()


def test_an_outside_broker_that_does_not_answer_refuses_the_start(start: Start) -> None:
    """At once, and not after each part has tried."""
    unused_port = free_port()
    start.environment["I247_NATS_URL"] = f"nats://127.0.0.1:{unused_port}"
    assert start.refusal() == (
        f"no broker answers at nats://127.0.0.1:{unused_port}: start it, or set I247_NATS_URL to another"
    )


def test_an_emptied_key_is_not_made_anew(start: Start) -> None:
    """A root key that was cut to nothing is a damage, too: a new one would end all trust without a word."""
    (start.home / "secrets/root.pem").write_bytes(b"")
    assert start.refusal().endswith("root.pem cannot be read as a PEM private key: restore or remove it")


def test_a_lost_root_key_is_not_replaced(start: Start) -> None:
    """A new one would make all keys worthless. It is needed for a bureau that joins, and for no other start."""
    root, pinned = start.home / "secrets/root.pem", start.home / "root.pub"
    root.unlink()
    before = pinned.read_text()
    start.environment["I247_BUREAUS"] = "FR,DE"
    assert start.refusal().startswith(f"{root} is not here: only the General Secretariat, which has it, ")
    assert (root.exists(), pinned.read_text()) == (False, before)


def test_a_directory_of_another_root_is_refused(start: Start) -> None:
    """Where the root key was replaced as a whole, the entries of before are not trusted."""
    (start.home / "secrets/root.pem").unlink()
    (start.home / "root.pub").unlink()
    sentence = start.refusal()
    assert sentence.startswith(
        f"{start.home / 'directory.json'}: a directory entry is not signed by the pinned root key: restore it "
    )


@pytest.mark.parametrize("file", ["mesh.lock", "root.pub", "broker/nats-server.conf"])
def test_a_file_that_cannot_be_used_is_named(start: Start, file: str) -> None:
    """Where a file can be neither read nor written, the sentence names it."""
    (start.home / file).unlink(missing_ok=True)
    (start.home / file).mkdir()
    assert file in start.refusal()


@pytest.mark.parametrize("found", [b"0\n", b"\xff\xfe" * 500], ids=["older", "not text"])
def test_a_state_directory_of_another_format_is_refused(start: Start, found: bytes) -> None:
    """What another version left behind is not touched."""
    (start.home / "format").write_bytes(found)
    sentence = start.refusal()
    assert sentence.endswith(f"this program uses {FORMAT}: move it away or set I247_HOME to another")
    assert len(sentence) < 300


def test_a_directory_that_is_somebody_elses_is_refused(tmp_path: Path) -> None:
    """A directory with other files in it is not filled with keys."""
    (tmp_path / "letter.txt").write_text("Dear Jane")
    assert Start(tmp_path).refusal() == (
        f"{tmp_path} holds files that are not a mesh's state: move them away or set I247_HOME to another"
    )
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_a_state_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A path that leads through a file is no directory."""
    (tmp_path / "file").write_text("a file")
    home = tmp_path / "file" / "home"
    assert Start(home).refusal() == f"the state directory {home} cannot be used: Not a directory"


SETTINGS: dict[str, tuple[dict[str, str], str]] = {
    "any proxy": ({"I247_TRUSTED_PROXIES": "*"}, "I247_TRUSTED_PROXIES: "),
    "every address": ({"I247_TRUSTED_PROXIES": "10.0.0.9,::/0"}, "I247_TRUSTED_PROXIES: "),
    "not a number": ({"I247_PORT": "abc"}, "I247_PORT: "),
    "unknown bureau": ({"I247_BUREAUS": "FR,XX"}, "I247_BUREAUS: unknown bureau 'XX': use an ISO 3166-1 alpha-2 code"),
}


@pytest.mark.parametrize("fault", SETTINGS)
def test_a_bad_setting_is_named(tmp_path: Path, fault: str) -> None:
    """The sentence begins with the name of the setting, and nothing is made."""
    start = Start(tmp_path / "home")
    changed, beginning = SETTINGS[fault]
    start.environment |= changed
    assert start.refusal().startswith(beginning)
    assert not start.home.exists()


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
def test_a_command_that_cannot_be_carried_out_says_why(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    """What a command names, or needs, and is not there, is told by its name."""
    assert Start(tmp_path / "home").refusal(*arguments).startswith(sentence)


def test_a_missing_broker_is_told_with_what_to_do(start: Start, tmp_path: Path) -> None:
    """In an environment without nats-server the mesh says how to get one, or how to use another."""
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


def test_a_refusal_of_a_service_ends_the_start(start: Start) -> None:
    """What keeps a service from starting is told by the mesh, which ends all that it had started."""
    store = start.home / "stores" / "notices.db"
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"this is no database " * 500)
    assert start.refusal().startswith("the store of notices: ")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(start.environment["I247_NATS_PORT"])), timeout=PATIENCE)


def test_provisioning_that_was_interrupted_goes_on(tmp_path: Path) -> None:
    """After kill -9 among the keys the next run keeps what was made, makes the rest, and leaves no draft behind."""
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


def test_a_start_that_is_interrupted_ends_at_once(start: Start) -> None:
    """Ctrl-C is heeded while the services are still coming up, and leaves nothing running."""
    with start.begin("up") as process:
        while not (start.home / "log" / "gateway.log").exists():
            assert process.poll() is None
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    assert family
    assert left_of(family) == []
