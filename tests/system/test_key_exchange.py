"""Keys are made by who uses them: what passes between a bureau's machine and the Secretariat's, and what is refused."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.provisioning.participant_keys import ParticipantKeys
from deploy.state.directory_file import load_directory, load_drafts
from deploy.state.state_dir import FORMAT, StateDir
from gateway.auth.accounts import officers_in
from gateway.witness.directory_rules import History, false_entries, unvouched
from shared.clock import SystemClock
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from shared.protocol.key_request import make_request, read_request
from shared.rpc.keyring import KeyRing
from tests.broker import free_port

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


class Machine:
    """The state directory of one machine, and the commands that are given there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = StateDir(folder)
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def run(self, *arguments: str | Path) -> str:
        """Give a command that must succeed, and return what it says."""
        status, said, error = self._give(*arguments)
        assert status == 0, error
        return said

    def refusal(self, *arguments: str | Path) -> str:
        """Give a command that must be refused, and return the sentence."""
        status, _, error = self._give(*arguments)
        assert status == 3, arguments
        [sentence] = error.splitlines()
        return sentence.removeprefix("i247: ")

    def _give(self, *arguments: str | Path) -> tuple[int, str, str]:
        self._monkeypatch.setenv("I247_HOME", str(self.home.path))
        self._monkeypatch.chdir(self.home.path.parent)
        status = main([str(each) for each in arguments])
        said = self._capsys.readouterr()
        return status, said.out, said.err


MakeMachine = Callable[[str], Machine]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> MakeMachine:
    """Return what makes machines that share nothing but the folder in which files are handed over."""
    monkeypatch.setenv("I247_NATS_PORT", str(free_port()))
    return lambda name: Machine(tmp_path / name, monkeypatch, capsys)


@pytest.fixture
def secretariat(machine: MakeMachine) -> Machine:
    """Return the machine of the Secretariat, with its own keys alone."""
    made = machine("secretariat")
    made.run("provision", "--secretariat")
    return made


@pytest.fixture
def france(machine: MakeMachine) -> Machine:
    """Return an empty machine."""
    return machine("france")


def fingerprint_in(said: str) -> str:
    """Return what a person reads aloud."""
    found = re.search(r"^fingerprint ((?:[0-9a-f]{4} ?){8}):", said, re.MULTILINE)
    assert found is not None, said
    return found[1]


def root_of(secretariat: Machine) -> str:
    return secretariat.home.root_public_key.read_text().strip()


def admit(secretariat: Machine, bureau: Machine, name: str) -> None:
    """Carry out the three steps for one who is new."""
    fingerprint = fingerprint_in(bureau.run("keys", "request", name))
    secretariat.run("keys", "approve", f"{name}.request", "--fingerprint", fingerprint)
    bureau.run("keys", "install", secretariat.home.directory, f"--root={root_of(secretariat)}")


def secrets_in(home: StateDir) -> list[bytes]:
    return [file.read_bytes().strip() for file in home.secrets.rglob("*") if file.is_file()]


def test_the_secretariat_makes_the_keys_of_nobody_else(secretariat: Machine) -> None:
    """Its own, and those of the broker's operator, system user and relay."""
    made = {str(file.relative_to(secretariat.home.secrets)) for file in secretariat.home.secrets.rglob("*.[pnk]*")}
    participants = {"signing/IPSG.pem", "sealing/IPSG.key", "nats/IPSG.nk"}
    broker = {"nats/operator.nk", "nats/system.nk", "nats/relay.nk"}
    assert made - {"token.pem"} == {"root.pem"} | participants | broker
    assert [entry.participant for entry in load_directory(secretariat.home).entries()] == ["IPSG"]


def test_the_secretariat_has_the_officers_that_people_made_there(secretariat: Machine) -> None:
    """And keeps no password of them, as any other machine that is no demonstration."""
    assert not secretariat.home.officers.exists()
    secretariat.run("officer", "IPSG", "--officer", "ccf")
    assert "is not kept here" in secretariat.refusal("officer", "IPSG", "--officer", "ccf")
    assert {officer.id for officer in officers_in(secretariat.home.officers)} == {"ipsg.ccf", "ipsg.ccf-system"}
    secretariat.run("provision", "--secretariat")
    assert not secretariat.home.demo_passwords.exists()


@pytest.mark.parametrize("name", ["FR", "notices"])
def test_no_private_key_leaves_the_machine_where_it_was_made(secretariat: Machine, france: Machine, name: str) -> None:
    """A bureau and a service are entered, and no byte of what they keep is on the Secretariat's machine."""
    admit(secretariat, france, name)
    [entry] = load_directory(france.home).entries_of(name)
    assert entry.kid in {key.kid for key in france.home.keys_of(name).signing}
    theirs = [file.read_bytes() for file in secretariat.home.path.rglob("*") if file.is_file()]
    theirs.append((secretariat.home.path.parent / f"{name}.request").read_bytes())
    own = secrets_in(france.home)
    assert len(own) == (3 if name == "FR" else 2)
    assert not [secret for secret in own if any(secret in each for each in theirs)]


def test_a_request_that_no_key_in_force_countersigned_needs_its_fingerprint(
    secretariat: Machine, france: Machine
) -> None:
    """Or anyone could be entered as France."""
    france.run("keys", "request", "FR")
    approve = ["keys", "approve", "FR.request"]
    assert "get the fingerprint from FR on another channel" in secretariat.refusal(*approve)
    assert "is not that of this request" in secretariat.refusal(*approve, "--fingerprint", "0000 " * 8)
    assert load_directory(secretariat.home).entries_of("FR") == []


def test_a_rotation_is_countersigned_by_the_key_that_it_replaces(secretariat: Machine, france: Machine) -> None:
    """It needs no fingerprint, and the key before ends after the overlap."""
    admit(secretariat, france, "FR")
    [before] = load_directory(france.home).entries_of("FR")
    assert f"countersigned by the key {before.kid}" in france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "FR.request", "--overlap-hours", "1")
    assert france.run("keys", "install", secretariat.home.directory).startswith("installed ")
    new, old = load_directory(france.home).entries_of("FR")
    assert (old.kid, new.nats_user) == (before.kid, before.nats_user)
    assert old.not_after == pytest.approx(new.issued + 3_600, abs=1)


def test_a_revoked_key_countersigns_nothing(secretariat: Machine, france: Machine) -> None:
    """Whoever stole it asks in vain, also with a request made before; the bureau gets another NKEY."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR", "--out", "stolen.request")
    secretariat.run("keys", "revoke", "FR")
    assert "its NKEY was revoked" in secretariat.refusal("keys", "approve", "stolen.request")
    france.run("keys", "install", secretariat.home.directory)
    fingerprint = fingerprint_in(france.run("keys", "request", "FR"))
    secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    new, old = load_directory(secretariat.home).entries_of("FR")
    assert (old.revoked_at is None, new.revoked_at, new.countersigned) == (False, None, None)
    assert new.nats_user != old.nats_user


def test_who_has_stolen_a_signing_key_that_is_in_force_has_another_entered(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """It vouches for the thief's keys, so nobody asks for a fingerprint; that France does not hold them is an alarm."""
    admit(secretariat, france, "FR")
    [stolen] = france.home.keys_of("FR").signing
    thief = machine("thief")
    thief.home.open()
    with ParticipantKeys(thief.home, SystemClock(), "FR", "bureau").new_request([]) as own:
        statement = read_request(own).statement
    (france.home.path.parent / "thief.request").write_text(
        make_request(
            statement,
            next(iter(thief.home.keys_of("FR").signing)),
            thief.home.nats_seed("FR").read_bytes(),
            stolen,
        )
    )
    secretariat.run("keys", "approve", "thief.request")
    france.run("keys", "install", secretariat.home.directory)
    book, now = load_directory(france.home), SystemClock().now()
    history = History(book)
    history.read(now)
    keys = KeyRing("FR", book, SystemClock(), lambda: france.home.keys_of("FR"))
    found = list(false_entries(book, history, "FR", keys, now.timestamp()))
    assert [each.fault for each in found] == ["false-entry"]
    assert list(unvouched(history.introduced)) == []


def test_a_new_machine_takes_a_directory_from_before_a_revocation(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """It has no newer one to compare it with until it reaches the Secretariat: the revoked key is good there."""
    admit(secretariat, france, "FR")
    older = france.home.path.parent / "older.json"
    older.write_bytes(secretariat.home.directory.read_bytes())
    secretariat.run("keys", "revoke", "FR")
    newcomer = machine("newcomer")
    newcomer.run("keys", "install", older, f"--root={root_of(secretariat)}")
    [entry] = load_directory(newcomer.home).entries_of("FR")
    assert entry.revoked_at is None
    assert load_directory(secretariat.home).entries_of("FR")[0].revoked_at is not None


def test_a_suspended_bureau_comes_back_by_a_decision_alone(secretariat: Machine, france: Machine) -> None:
    """Which the command that approves must state."""
    admit(secretariat, france, "FR")
    secretariat.run("bureaus", "suspend", "FR")
    france.run("keys", "install", secretariat.home.directory)
    approve = ["keys", "approve", "FR.request", "--fingerprint", fingerprint_in(france.run("keys", "request", "FR"))]
    assert "FR is suspended: approve with --readmit" in secretariat.refusal(*approve)
    secretariat.run(*approve, "--readmit")
    assert load_directory(secretariat.home).is_member("FR")


def test_a_request_is_good_once(secretariat: Machine, france: Machine) -> None:
    """Approved again it enters nothing."""
    admit(secretariat, france, "FR")
    said = secretariat.refusal("keys", "approve", "FR.request")
    assert said == "FR.request: its signing key is entered already, for FR"


def test_who_states_a_key_of_another_is_refused(secretariat: Machine, machine: MakeMachine) -> None:
    """As a bureau that has stolen a seed, or copied a public sealing key out of the directory."""
    france, germany = machine("france"), machine("germany")
    admit(secretariat, france, "FR")
    seed = germany.home.nats_seed("DE")
    seed.parent.mkdir(parents=True)
    seed.write_bytes(france.home.nats_seed("FR").read_bytes())
    (germany.home.path / "format").write_text(f"{FORMAT}\n")
    fingerprint = fingerprint_in(germany.run("keys", "request", "DE"))
    assert "it contains a key of FR" in secretariat.refusal(
        "keys", "approve", "DE.request", "--fingerprint", fingerprint
    )


@pytest.mark.parametrize("member", ["participant", "signing_key", "nats_user", "sealing_key", "kind", "requested"])
def test_a_request_that_was_changed_on_the_way_is_refused(secretariat: Machine, france: Machine, member: str) -> None:
    """Whatever of it: the keys that it states signed something else."""
    france.run("keys", "request", "FR")
    file = france.home.path.parent / "FR.request"
    document = json.loads(file.read_text())
    stated = json.loads(decode_base64url(document["payload"]))
    other = {"participant": "DE", "kind": "service", "requested": 1.0, "nats_user": "U" * 56}
    stated[member] = other[member] if member in other else stated[member][::-1]
    document["payload"] = encode_base64url(json.dumps(stated, separators=(",", ":")).encode())
    file.write_text(json.dumps(document))
    assert re.match(
        r"FR\.request: (its key .* did not sign it|this is no request)",
        secretariat.refusal("keys", "approve", "FR.request"),
    )


def test_what_is_no_request_is_refused(secretariat: Machine) -> None:
    """A file of something else, a huge one, and none."""
    folder = secretariat.home.path.parent
    (folder / "other").write_bytes(b"\xff{}")
    (folder / "huge").write_text("[" * 100_000)
    for file, said in (("other", "this is no request"), ("huge", "at most"), ("none", "cannot be read")):
        assert said in secretariat.refusal("keys", "approve", file)


@pytest.mark.parametrize("member", ["payload", "signatures", "protected"])
def test_a_request_that_states_a_member_twice_is_refused(secretariat: Machine, france: Machine, member: str) -> None:
    """Who reads it with another program might see the one, while this one takes the other."""
    fingerprint = fingerprint_in(france.run("keys", "request", "FR"))
    file = france.home.path.parent / "FR.request"
    [stated] = re.findall(rf'"{member}": (?:"[^"]*"|\[.*\])', file.read_text(), re.DOTALL)[:1]
    file.write_text(file.read_text().replace(stated, f"{stated}, {stated}", 1))
    said = secretariat.refusal("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    assert said == "FR.request: this is no request for an entry: an object has a duplicate member"


def test_a_request_that_cannot_be_written_leaves_no_key(secretariat: Machine, france: Machine) -> None:
    """The keys would be of nobody; those that were here before stay."""
    refused = ["keys", "request", "FR", "--out", "no-folder/FR.request"]
    said = "no-folder/FR.request cannot be written (No such file or directory): choose another file with --out"
    assert said in france.refusal(*refused)
    assert secrets_in(france.home) == []
    admit(secretariat, france, "FR")
    before = secrets_in(france.home)
    france.refusal(*refused)
    assert secrets_in(france.home) == before


def test_nobody_asks_in_the_name_of_the_secretariat(france: Machine) -> None:
    """With a key of it here, a bureau's gateway would be the Secretariat's as well, and serve nobody."""
    assert france.refusal("keys", "request", "IPSG").startswith("IPSG needs no request")
    assert secrets_in(france.home) == []


@pytest.mark.parametrize("command", [["provision"], ["provision", "--secretariat"]])
def test_a_machine_of_a_bureau_is_not_made_that_of_a_mesh(
    secretariat: Machine, france: Machine, command: list[str]
) -> None:
    """By the command for another: no keys of others are made there, and no settings of a broker."""
    admit(secretariat, france, "FR")
    before = secrets_in(france.home)
    assert "`i247 keys request`" in france.refusal(*command)
    assert secrets_in(france.home) == before
    assert not france.home.nats_configuration.exists()


def test_records_are_seeded_where_the_service_is_and_nowhere_else(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """On the machine of a bureau they would be in a store that nobody reads."""
    service = machine("notices")
    admit(secretariat, service, "notices")
    admit(secretariat, france, "FR")
    service.run("keys", "install", secretariat.home.directory)
    seed = ["seed", "--service", "notices", "--records", "1"]
    assert "notices has its keys and its store elsewhere" in france.refusal(*seed)
    assert list(france.home.stores.iterdir()) == []
    service.run(*seed)
    assert (service.home.stores / "notices.db").exists()


def test_a_secretariat_without_members_on_its_machine_makes_no_keys_for_a_new_one(secretariat: Machine) -> None:
    """Its gateway would become that of the new member, with the keys in the Secretariat's hands."""
    assert "run `i247 keys request ZA` there" in secretariat.refusal("bureaus", "add", "ZA")
    assert secretariat.home.key_numbers("ZA") == []


def test_a_secretariat_that_lost_its_keys_asks_for_new_ones(secretariat: Machine) -> None:
    """The root key enters them, as those of anybody."""
    secretariat.home.signing_key("IPSG").unlink()
    fingerprint = fingerprint_in(secretariat.run("keys", "request", "IPSG"))
    secretariat.run("keys", "approve", "IPSG.request", "--fingerprint", fingerprint)
    assert len(load_directory(secretariat.home).entries_of("IPSG")) == 2


def test_several_requests_are_approved_with_a_fingerprint_each(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """In the order of the files: the fingerprint that one told enters no other, and all are entered or none."""
    told = [fingerprint_in(france.run("keys", "request", "FR"))]
    told.append(fingerprint_in(machine("germany").run("keys", "request", "DE")))
    approve = ["keys", "approve", "FR.request", "DE.request"]
    right, swapped = ([f"--fingerprint={each}" for each in order] for order in (told, told[::-1]))
    assert "FR.request: the fingerprint is not" in secretariat.refusal(*approve, *swapped)
    assert "1 fingerprints for 2 files" in secretariat.refusal(*approve, right[0])
    assert len(load_directory(secretariat.home).entries()) == 1
    assert secretariat.run(*approve, *right).splitlines()[-1].endswith("to FR, DE, who run `i247 keys install`")


def test_a_directory_is_installed_under_a_root_key_that_was_told_by_another_way(
    secretariat: Machine, france: Machine
) -> None:
    """It is stated at the first time, and never another."""
    france.run("keys", "request", "FR")
    directory = secretariat.home.directory
    assert france.refusal("keys", "install", directory).startswith("give the root's public key")
    other = "A" * 43
    assert "not signed by the pinned root key" in france.refusal("keys", "install", directory, f"--root={other}")
    assert not france.home.directory.exists()
    said = france.run("keys", "install", directory, f"--root={root_of(secretariat)}")
    assert "FR: no key that is here is entered yet" in said
    assert "a network has one root key" in france.refusal("keys", "install", directory, f"--root={other}")


def test_an_older_directory_is_not_installed(secretariat: Machine, france: Machine) -> None:
    """In it a revoked key would be valid again."""
    admit(secretariat, france, "FR")
    before = secretariat.home.directory.read_bytes()
    secretariat.run("keys", "revoke", "FR")
    france.run("keys", "install", secretariat.home.directory)
    (secretariat.home.path.parent / "old.json").write_bytes(before)
    assert "is older than" in france.refusal("keys", "install", "old.json")


def test_a_directory_that_contradicts_the_one_here_is_not_installed(secretariat: Machine, france: Machine) -> None:
    """The root key signed both, which the two files prove."""
    admit(secretariat, france, "FR")
    before = secretariat.home.directory.read_bytes()
    secretariat.run("keys", "rotate", "IPSG")
    france.run("keys", "install", secretariat.home.directory)
    secretariat.home.directory.write_bytes(before)
    secretariat.run("keys", "rotate", "IPSG")
    assert "though the root key signed both: keep both as evidence" in france.refusal(
        "keys", "install", secretariat.home.directory
    )


def test_a_root_key_elsewhere_signs_what_is_drafted_here(secretariat: Machine, machine: MakeMachine) -> None:
    """Files go to its machine and back, and only then the decision holds."""
    vault, france = machine("vault"), machine("france")
    vault.home.open()
    vault.home.secrets.mkdir(mode=0o700)
    secretariat.home.root_key.rename(vault.home.root_key)
    vault.home.root_public_key.write_bytes(secretariat.home.root_public_key.read_bytes())
    fingerprint = fingerprint_in(france.run("keys", "request", "FR"))
    said = secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    assert "`i247 directory sign` signs it" in said
    assert load_directory(secretariat.home).entries_of("FR") == []
    for name in ("directory.json", "directory.draft"):
        (vault.home.path / name).write_bytes((secretariat.home.path / name).read_bytes())
    assert f"to sign: FR member, new key, fingerprint {fingerprint} " in vault.run("directory", "sign")
    assert vault.refusal("directory", "sign").startswith("nothing is drafted")
    secretariat.run("keys", "install", vault.home.directory)
    assert load_directory(secretariat.home).is_member("FR")
    assert not secretariat.home.drafts.exists()


def test_a_root_key_under_a_passphrase_signs_with_it_alone(
    machine: MakeMachine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file is made under it; without it a decision is drafted."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse\n")
    monkeypatch.setenv("I247_ROOT_PASSPHRASE_FILE", str(passphrase))
    secretariat = machine("secretariat")
    secretariat.run("provision", "--secretariat")
    assert b"ENCRYPTED" in secretariat.home.root_key.read_bytes()
    monkeypatch.delenv("I247_ROOT_PASSPHRASE_FILE")
    secretariat.run("keys", "rotate", "IPSG")
    assert len(load_directory(secretariat.home).entries_of("IPSG")) == 1
    secretariat.run("provision", "--secretariat")
    assert "has a passphrase" in secretariat.refusal("directory", "sign")
    monkeypatch.setenv("I247_ROOT_PASSPHRASE_FILE", str(passphrase))
    passphrase.write_text("wrong")
    assert "cannot be opened with this passphrase" in secretariat.refusal("directory", "sign")
    passphrase.write_text("correct horse")
    secretariat.run("directory", "sign")
    assert len(load_directory(secretariat.home).entries_of("IPSG")) == 2


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a device with an Ed25519 key in it, and return its URI."""
    if not Path(SOFTHSM).exists() and "CI" not in os.environ:
        pytest.skip("needs the package softhsm2 of the system")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    initialize = ["softhsm2-util", "--init-token", "--free", "--label", "i247", "--so-pin", "0000", "--pin", "1234"]
    subprocess.run(initialize, check=True, capture_output=True)
    make = (
        "import sys, pkcs11\n"
        "from pkcs11.util.ec import encode_named_curve_parameters\n"
        "with pkcs11.lib(sys.argv[1]).get_token(token_label='i247').open(user_pin='1234', rw=True) as session:\n"
        "    curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters('1.3.101.112')}\n"
        "    session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True).generate_keypair(\n"
        "        mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label='root')\n"
    )
    subprocess.run([sys.executable, "-c", make, SOFTHSM], check=True)
    pin = tmp_path / "pin"
    pin.write_text("1234\n")
    monkeypatch.setenv("I247_ROOT_PIN_FILE", str(pin))
    return f"pkcs11:token=i247;object=root?module-path={SOFTHSM}"


def test_a_root_key_in_a_device_signs_the_directory(
    device: str, machine: MakeMachine, france: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It never leaves the device; everybody verifies what it signs as what any other key signs."""
    monkeypatch.setenv("I247_ROOT_PKCS11", device)
    secretariat = machine("secretariat")
    secretariat.run("provision", "--secretariat")
    assert not secretariat.home.root_key.exists()
    admit(secretariat, france, "FR")
    monkeypatch.delenv("I247_ROOT_PKCS11")
    assert load_directory(france.home).is_member("FR")
    monkeypatch.setenv("I247_ROOT_PKCS11", device)
    (tmp_path / "pin").write_text("9999")
    assert "cannot be used: " in secretariat.refusal("keys", "rotate", "IPSG")


def test_a_uri_that_names_no_device_is_refused(machine: MakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what it must look like."""
    monkeypatch.setenv("I247_ROOT_PKCS11", "pkcs11:token=i247")
    assert "must have the form pkcs11:token=NAME;object=LABEL" in machine("secretariat").refusal("provision")


def test_the_log_shows_every_entry_ever_made(secretariat: Machine, france: Machine) -> None:
    """Of a name, with how it was asked for, also those that others replaced."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "FR.request")
    france.run("keys", "install", secretariat.home.directory)
    _, *lines = france.run("directory", "log", "fr").splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert ["countersigned" in line for line in lines] == [False, False, True]
    assert read_request((france.home.path.parent / "FR.request").read_text()).countersignature is not None


def test_a_request_that_is_made_if_there_is_none_is_made_once(secretariat: Machine, france: Machine) -> None:
    """Whether the key is asked for, entered, or revoked since: who replaces it is a person."""
    ask = ["keys", "request", "FR", "--if-none"]
    fingerprint = fingerprint_in(france.run(*ask))
    assert "nothing to do" in france.run(*ask)
    secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    install = ["keys", "install", secretariat.home.directory, f"--root={root_of(secretariat)}"]
    france.run(*install)
    (france.home.path.parent / "FR.request").unlink()
    assert "nothing to do" in france.run(*ask)
    secretariat.run("keys", "revoke", "FR")
    france.run(*install)
    assert "nothing to do" in france.run(*ask)
    assert france.home.key_numbers("FR") == [1]


def test_a_request_for_a_key_that_is_lost_is_made_anew(france: Machine) -> None:
    """As after a volume was removed, or the request with it."""
    ask = ["keys", "request", "FR", "--if-none"]
    before = fingerprint_in(france.run(*ask))
    france.home.signing_key("FR").unlink()
    assert fingerprint_in(france.run(*ask)) != before
    (france.home.path.parent / "FR.request").unlink()
    france.run(*ask)
    assert france.home.key_numbers("FR") == [1, 2]


def test_requests_are_approved_without_fingerprint_as_often_as_one_likes(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """Those that are new are entered, and those that are entered stay as they are."""
    approve = ["keys", "approve", "--without-fingerprint", "FR.request"]
    france.run("keys", "request", "FR")
    assert "FR has a new signing key" in secretariat.run(*approve)
    machine("germany").run("keys", "request", "DE")
    before = secretariat.home.directory.read_bytes()
    assert secretariat.run(*approve) == "FR.request: entered already\n"
    assert secretariat.home.directory.read_bytes() == before
    said = secretariat.run(*approve, "DE.request").splitlines()
    assert said[0] == "FR.request: entered already"
    assert said[1].startswith("DE has a new signing key")
    assert said[-1].endswith("to DE, who run `i247 keys install`")


def test_nobody_who_is_entered_gets_other_keys_without_fingerprint(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """Or whoever writes where requests lie could take their place; also after their keys were revoked."""
    admit(secretariat, france, "FR")
    machine("thief").run("keys", "request", "FR", "--out", "other.request")
    approve = ["keys", "approve", "--without-fingerprint", "other.request"]
    assert "get the fingerprint from FR" in secretariat.refusal(*approve)
    secretariat.run("keys", "revoke", "FR")
    assert "get the fingerprint from FR" in secretariat.refusal(*approve)
    assert len(load_directory(secretariat.home).entries_of("FR")) == 1


def test_a_rotation_without_fingerprint_is_countersigned_as_ever(secretariat: Machine, france: Machine) -> None:
    """The key in force says that it is to be replaced."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "--without-fingerprint", "FR.request")
    new, _ = load_directory(secretariat.home).entries_of("FR")
    assert new.countersigned is not None


def test_a_state_directory_may_have_the_folder_of_the_broker_before_anything_else(machine: MakeMachine) -> None:
    """As where that is a volume of its own; with something in it, it is not ours."""
    made, other = machine("made"), machine("other")
    for each in (made, other):
        each.home.broker.mkdir(parents=True)
    made.run("provision", "--secretariat")
    (other.home.broker / "nats-server.conf").write_text("{}")
    assert "holds files that are not a mesh's state" in other.refusal("provision", "--secretariat")


def test_the_secretariat_makes_no_keys_in_place_of_those_that_a_bureau_has(
    secretariat: Machine, france: Machine
) -> None:
    """Not for a member, nor for one that it suspended: only a request of the bureau brings it back."""
    admit(secretariat, france, "FR")
    assert "FR has its keys and its gateway elsewhere" in secretariat.refusal("bureaus", "add", "FR")
    assert "`i247 keys approve --readmit`" in secretariat.run("bureaus", "suspend", "FR")
    assert "FR has its keys and its gateway elsewhere" in secretariat.refusal("bureaus", "add", "FR")
    assert secretariat.home.key_numbers("FR") == []


def test_what_is_drafted_while_the_root_key_signs_elsewhere_stays_drafted(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """A revocation above all: it is carried out with the next signing, and said to be open until then."""
    vault = machine("vault")
    admit(secretariat, france, "FR")
    vault.home.open()
    vault.home.secrets.mkdir(mode=0o700)
    secretariat.home.root_key.rename(vault.home.root_key)
    vault.home.root_public_key.write_bytes(secretariat.home.root_public_key.read_bytes())
    france.run("keys", "request", "FR")
    assert "not in force yet" in secretariat.run("keys", "approve", "FR.request")
    for name in ("directory.json", "directory.draft"):
        (vault.home.path / name).write_bytes((secretariat.home.path / name).read_bytes())
    assert "is revoked" not in secretariat.run("keys", "revoke", "IPSG")
    vault.run("directory", "sign")
    assert "1 drafts are not signed yet" in secretariat.run("keys", "install", vault.home.directory)
    [draft] = load_drafts(secretariat.home)
    assert (draft.participant, draft.revoked_at is None) == ("IPSG", False)


def test_a_bureau_is_warned_of_a_key_in_its_name_that_it_does_not_have(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """Where it installs the directory; and told what to do where its own keys are revoked."""
    admit(secretariat, france, "FR")
    made_up = machine("made-up")
    fingerprint = fingerprint_in(made_up.run("keys", "request", "FR"))
    secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    said = france.run("keys", "install", secretariat.home.directory)
    assert "is in force for FR and is not here" in said
    secretariat.run("keys", "revoke", "FR")
    said = france.run("keys", "install", secretariat.home.directory)
    assert "FR: the keys that are here are revoked: `i247 keys request FR` requests new ones" in said
    assert "WARNING" not in said


def test_an_older_request_does_not_take_the_place_of_a_newer_one(secretariat: Machine, france: Machine) -> None:
    """As one that was given up, and lies on an old disk with its keys."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR", "--out", "given-up.request")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "FR.request")
    assert "it is older than the last approved request" in secretariat.refusal("keys", "approve", "given-up.request")
