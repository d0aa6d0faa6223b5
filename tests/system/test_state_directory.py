"""A state directory that is damaged, incomplete or of another program is refused, with what to do about it."""

from pathlib import Path

import pytest

from deploy.provisioning.demo_accounts import demo_officer_id, load_demo_passwords
from deploy.state.directory_file import load_directory
from deploy.state.state_dir import FORMAT, StateDir
from shared.bureaus import MEMBERS, SECRETARIAT, BureauCode
from tests.system.start import Start, with_one_in_fast_runs


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


@pytest.mark.thorough
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


@pytest.mark.thorough
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
def test_an_empty_root_key_file_is_refused(start: Start) -> None:
    """A new root key would silently end all trust."""
    (start.home / "secrets/root.pem").write_bytes(b"")
    assert start.refusal().endswith("root.pem cannot be read as a PEM private key: restore or remove it")


@pytest.mark.thorough
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


@pytest.mark.thorough
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


def test_a_mark_that_was_just_made_is_not_replaced(tmp_path: Path) -> None:
    """Of two first starts at a time, one may find no mark and then be overtaken by the other, of a sandbox."""

    class Overtaken(StateDir):
        has_looked = False

        def _read_mark(self) -> str:
            mark = super()._read_mark()
            if not self.has_looked:
                self.has_looked = True
                first = StateDir(self.path)
                first.open()
                first.mark_sandbox()
            return mark

    Overtaken(tmp_path / "var").open()
    assert StateDir(tmp_path / "var").is_sandbox
