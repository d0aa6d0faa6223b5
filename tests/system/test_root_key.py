"""The root key on another machine, encrypted, or in a PKCS #11 device."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.state.directory_file import load_directory, load_drafts
from shared.standing import MEMBER, describe
from tests.system.machines import Machine, MakeMachine, admit, fingerprint_in

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.mark.thorough
def test_a_root_key_on_another_machine_signs_the_drafts(secretariat: Machine, machine: MakeMachine) -> None:
    """The files go there and back; the decision takes effect with the signed directory."""
    vault, france = machine("vault"), machine("france")
    vault.home.open()
    vault.home.secrets.mkdir(mode=0o700)
    secretariat.home.root_key.rename(vault.home.root_key)
    vault.home.root_public_key.write_bytes(secretariat.home.root_public_key.read_bytes())
    fingerprint = fingerprint_in(france.run("keys", "request", "FR"))
    output = secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    assert "`i247 directory sign` signs it" in output
    assert load_directory(secretariat.home).entries_of("FR") == []
    for name in ("directory.json", "directory.draft"):
        (vault.home.path / name).write_bytes((secretariat.home.path / name).read_bytes())
    assert f"to sign: FR member, new key, fingerprint {fingerprint} " in vault.run("directory", "sign")
    assert vault.refusal("directory", "sign").startswith("nothing is drafted")
    secretariat.run("keys", "install", vault.home.directory)
    assert load_directory(secretariat.home).stated_standing("FR") == MEMBER
    assert not secretariat.home.drafts.exists()


@pytest.mark.thorough
def test_a_measure_is_drafted_and_signed_on_another_machine(secretariat: Machine, machine: MakeMachine) -> None:
    """The signer sees standing, reason, end and resolution; until then the bureau is a member."""
    vault, france = machine("vault"), machine("france")
    admit(secretariat, france, "FR")
    vault.home.open()
    vault.home.secrets.mkdir(mode=0o700)
    secretariat.home.root_key.rename(vault.home.root_key)
    vault.home.root_public_key.write_bytes(secretariat.home.root_public_key.read_bytes())
    decided = ("--reason", "compliance", "--until", "2099-01-31", "--resolution", "EC/2026/14")
    assert "not in force yet: drafted" in secretariat.run("bureaus", "standing", "FR", "restricted", *decided)
    assert load_directory(secretariat.home).stated_standing("FR") == MEMBER
    for name in ("directory.json", "directory.draft"):
        (vault.home.path / name).write_bytes((secretariat.home.path / name).read_bytes())
    in_words = "restricted until 2099-01-31 00:00 UTC (reason: compliance; decided by resolution EC/2026/14)"
    assert f"to sign: FR {in_words}, key " in vault.run("directory", "sign")
    secretariat.run("keys", "install", vault.home.directory)
    signed = load_directory(secretariat.home).stated_standing("FR")
    assert signed is not None
    assert describe(signed) == in_words
    assert [entry.revoked_at for entry in load_directory(secretariat.home).entries_of("FR")] == [None]


@pytest.mark.thorough
def test_an_encrypted_root_key_signs_only_with_its_passphrase(
    machine: MakeMachine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without it a decision is only drafted."""
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
    """Make a SoftHSM token with an Ed25519 key, and return its URI."""
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


@pytest.mark.thorough
def test_a_root_key_in_a_pkcs11_device_signs_the_directory(
    device: str, machine: MakeMachine, france: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It never leaves the device; its signatures are verified as those of any other key."""
    monkeypatch.setenv("I247_ROOT_PKCS11", device)
    secretariat = machine("secretariat")
    secretariat.run("provision", "--secretariat")
    assert not secretariat.home.root_key.exists()
    admit(secretariat, france, "FR")
    monkeypatch.delenv("I247_ROOT_PKCS11")
    assert load_directory(france.home).stated_standing("FR") == MEMBER
    monkeypatch.setenv("I247_ROOT_PKCS11", device)
    (tmp_path / "pin").write_text("9999")
    assert "cannot be used: " in secretariat.refusal("keys", "rotate", "IPSG")


def test_a_pkcs11_uri_without_an_object_is_refused(machine: MakeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error shows the required form."""
    monkeypatch.setenv("I247_ROOT_PKCS11", "pkcs11:token=i247")
    assert "must have the form pkcs11:token=NAME;object=LABEL" in machine("secretariat").refusal("provision")


@pytest.mark.thorough
def test_drafts_made_during_a_signing_stay_drafts(secretariat: Machine, france: Machine, machine: MakeMachine) -> None:
    """A revocation above all: it is reported as unsigned, and carried out with the next signing."""
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
