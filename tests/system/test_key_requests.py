"""Requests for directory entries: which of them the Secretariat approves, and which it refuses."""

import json
import re

import pytest

from deploy.state.directory_file import load_directory
from deploy.state.state_dir import FORMAT
from shared.crypto.ed25519 import decode_base64url, encode_base64url
from tests.system.machines import Machine, MakeMachine, admit, fingerprint_in, root_of, secrets_in


def test_a_request_without_countersignature_needs_its_fingerprint(secretariat: Machine, france: Machine) -> None:
    """Else anyone could be entered as France."""
    france.run("keys", "request", "FR")
    approve = ["keys", "approve", "FR.request"]
    assert "get the fingerprint from FR on another channel" in secretariat.refusal(*approve)
    assert "is not that of this request" in secretariat.refusal(*approve, "--fingerprint", "0000 " * 8)
    assert load_directory(secretariat.home).entries_of("FR") == []


@pytest.mark.thorough
def test_a_request_is_approved_only_once(secretariat: Machine, france: Machine) -> None:
    admit(secretariat, france, "FR")
    message = secretariat.refusal("keys", "approve", "FR.request")
    assert message == "FR.request: its signing key is entered already, for FR"


@pytest.mark.thorough
def test_a_request_with_a_key_of_another_participant_is_refused(secretariat: Machine, machine: MakeMachine) -> None:
    """As from a bureau that has stolen a seed, or copied a public sealing key out of the directory."""
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
def test_a_modified_request_is_refused(secretariat: Machine, france: Machine, member: str) -> None:
    """The keys in it did not sign the modified statement."""
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


def test_a_file_that_is_no_request_is_refused(secretariat: Machine) -> None:
    """A file of another format, a huge one, and one that does not exist."""
    folder = secretariat.home.path.parent
    (folder / "other").write_bytes(b"\xff{}")
    (folder / "huge").write_text("[" * 100_000)
    for file, message in (("other", "this is no request"), ("huge", "at most"), ("none", "cannot be read")):
        assert message in secretariat.refusal("keys", "approve", file)


@pytest.mark.parametrize("member", ["payload", "signatures", "protected"])
def test_a_request_with_a_duplicate_member_is_refused(secretariat: Machine, france: Machine, member: str) -> None:
    """Another program might read the other of the two."""
    fingerprint = fingerprint_in(france.run("keys", "request", "FR"))
    file = france.home.path.parent / "FR.request"
    [stated] = re.findall(rf'"{member}": (?:"[^"]*"|\[.*\])', file.read_text(), re.DOTALL)[:1]
    file.write_text(file.read_text().replace(stated, f"{stated}, {stated}", 1))
    message = secretariat.refusal("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    assert message == "FR.request: this is no request for an entry: an object has a duplicate member"


@pytest.mark.thorough
def test_a_request_that_cannot_be_written_leaves_no_new_keys(secretariat: Machine, france: Machine) -> None:
    """Keys that existed before stay."""
    refused = ["keys", "request", "FR", "--out", "no-folder/FR.request"]
    message = "no-folder/FR.request cannot be written (No such file or directory): choose another file with --out"
    assert message in france.refusal(*refused)
    assert secrets_in(france.home) == []
    admit(secretariat, france, "FR")
    before = secrets_in(france.home)
    france.refusal(*refused)
    assert secrets_in(france.home) == before


def test_a_request_in_the_name_of_the_secretariat_is_refused(france: Machine) -> None:
    """With a key of it, a bureau's gateway would act as the Secretariat as well, and serve no bureau."""
    assert france.refusal("keys", "request", "IPSG").startswith("IPSG needs no request")
    assert secrets_in(france.home) == []


@pytest.mark.thorough
def test_several_requests_are_approved_with_a_fingerprint_each(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """In the order of the files: each fingerprint enters its own request only, and all are entered or none."""
    fingerprints = [fingerprint_in(france.run("keys", "request", "FR"))]
    fingerprints.append(fingerprint_in(machine("germany").run("keys", "request", "DE")))
    approve = ["keys", "approve", "FR.request", "DE.request"]
    right, swapped = ([f"--fingerprint={each}" for each in order] for order in (fingerprints, fingerprints[::-1]))
    assert "FR.request: the fingerprint is not" in secretariat.refusal(*approve, *swapped)
    assert "1 fingerprints for 2 files" in secretariat.refusal(*approve, right[0])
    assert len(load_directory(secretariat.home).entries()) == 1
    assert secretariat.run(*approve, *right).splitlines()[-1].endswith("to FR, DE, who run `i247 keys install`")


@pytest.mark.thorough
def test_a_request_with_if_none_is_made_once(secretariat: Machine, france: Machine) -> None:
    """Whether the key is requested, entered or revoked since: a person decides on its replacement."""
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


def test_a_request_with_if_none_is_made_again_after_a_lost_key(france: Machine) -> None:
    """As after a volume was removed, or the request with it."""
    ask = ["keys", "request", "FR", "--if-none"]
    before = fingerprint_in(france.run(*ask))
    france.home.signing_key("FR").unlink()
    assert fingerprint_in(france.run(*ask)) != before
    (france.home.path.parent / "FR.request").unlink()
    france.run(*ask)
    assert france.home.key_numbers("FR") == [1, 2]


@pytest.mark.thorough
def test_approval_without_fingerprint_can_be_repeated(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """New requests are entered, and entered ones stay as they are."""
    approve = ["keys", "approve", "--without-fingerprint", "FR.request"]
    france.run("keys", "request", "FR")
    assert "FR has a new signing key" in secretariat.run(*approve)
    machine("germany").run("keys", "request", "DE")
    before = secretariat.home.directory.read_bytes()
    assert secretariat.run(*approve) == "FR.request: entered already\n"
    assert secretariat.home.directory.read_bytes() == before
    lines = secretariat.run(*approve, "DE.request").splitlines()
    assert lines[0] == "FR.request: entered already"
    assert lines[1].startswith("DE has a new signing key")
    assert lines[-1].endswith("to DE, who run `i247 keys install`")


@pytest.mark.thorough
def test_new_keys_for_an_entered_bureau_need_a_fingerprint(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """Else a program that writes where requests lie could replace the bureau; also after its keys were revoked."""
    admit(secretariat, france, "FR")
    machine("thief").run("keys", "request", "FR", "--out", "other.request")
    approve = ["keys", "approve", "--without-fingerprint", "other.request"]
    assert "get the fingerprint from FR" in secretariat.refusal(*approve)
    secretariat.run("keys", "revoke", "FR")
    assert "get the fingerprint from FR" in secretariat.refusal(*approve)
    assert len(load_directory(secretariat.home).entries_of("FR")) == 1


@pytest.mark.thorough
def test_a_countersigned_rotation_is_approved_without_fingerprint(secretariat: Machine, france: Machine) -> None:
    """The key in force vouches for the new one."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "--without-fingerprint", "FR.request")
    new, _ = load_directory(secretariat.home).entries_of("FR")
    assert new.countersigned is not None


@pytest.mark.thorough
def test_an_older_request_does_not_replace_a_newer_one(secretariat: Machine, france: Machine) -> None:
    """As one that was abandoned, and lies on an old disk with its keys."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR", "--out", "given-up.request")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "FR.request")
    assert "it is older than the last approved request" in secretariat.refusal("keys", "approve", "given-up.request")
