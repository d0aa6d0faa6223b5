"""Installation of the directory on the machine of a bureau: which files are accepted and which are refused."""

import pytest

from deploy.state.directory_file import load_directory
from shared.protocol.key_request import read_request
from tests.system.machines import Machine, MakeMachine, admit, fingerprint_in, root_of


@pytest.mark.thorough
def test_a_new_machine_installs_a_directory_older_than_a_revocation(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """It has no newer one to compare with until it reaches the Secretariat: the revoked key is valid there."""
    admit(secretariat, france, "FR")
    older = france.home.path.parent / "older.json"
    older.write_bytes(secretariat.home.directory.read_bytes())
    secretariat.run("keys", "revoke", "FR")
    newcomer = machine("newcomer")
    newcomer.run("keys", "install", older, f"--root={root_of(secretariat)}")
    [entry] = load_directory(newcomer.home).entries_of("FR")
    assert entry.revoked_at is None
    assert load_directory(secretariat.home).entries_of("FR")[0].revoked_at is not None


def test_a_directory_is_installed_only_under_the_stated_root_key(secretariat: Machine, france: Machine) -> None:
    """The root key is stated at the first installation, and cannot be changed later."""
    france.run("keys", "request", "FR")
    directory = secretariat.home.directory
    assert france.refusal("keys", "install", directory).startswith("give the root's public key")
    other = "A" * 43
    assert "not signed by the pinned root key" in france.refusal("keys", "install", directory, f"--root={other}")
    assert not france.home.directory.exists()
    output = france.run("keys", "install", directory, f"--root={root_of(secretariat)}")
    assert "FR: no key that is here is entered yet" in output
    assert "a network has one root key" in france.refusal("keys", "install", directory, f"--root={other}")


@pytest.mark.thorough
def test_an_older_directory_is_refused(secretariat: Machine, france: Machine) -> None:
    """In it a revoked key would be valid again."""
    admit(secretariat, france, "FR")
    before = secretariat.home.directory.read_bytes()
    secretariat.run("keys", "revoke", "FR")
    france.run("keys", "install", secretariat.home.directory)
    (secretariat.home.path.parent / "old.json").write_bytes(before)
    assert "is older than" in france.refusal("keys", "install", "old.json")


@pytest.mark.thorough
def test_a_contradicting_directory_is_refused(secretariat: Machine, france: Machine) -> None:
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


@pytest.mark.thorough
def test_the_directory_log_lists_every_entry_ever_made(secretariat: Machine, france: Machine) -> None:
    """With how each was requested, replaced entries included."""
    admit(secretariat, france, "FR")
    france.run("keys", "request", "FR")
    secretariat.run("keys", "approve", "FR.request")
    france.run("keys", "install", secretariat.home.directory)
    _, *lines = france.run("directory", "log", "fr").splitlines()
    assert [line.split()[0] for line in lines] == ["1", "2", "3"]
    assert ["countersigned" in line for line in lines] == [False, False, True]
    assert read_request((france.home.path.parent / "FR.request").read_text()).countersignature is not None


@pytest.mark.thorough
def test_a_bureau_is_warned_of_a_foreign_key_in_its_name(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """When it installs the directory; where its own keys are revoked it is instead told how to request new ones."""
    admit(secretariat, france, "FR")
    made_up = machine("made-up")
    fingerprint = fingerprint_in(made_up.run("keys", "request", "FR"))
    secretariat.run("keys", "approve", "FR.request", "--fingerprint", fingerprint)
    output = france.run("keys", "install", secretariat.home.directory)
    assert "is in force for FR and is not here" in output
    secretariat.run("keys", "revoke", "FR")
    output = france.run("keys", "install", secretariat.home.directory)
    assert "FR: the keys that are here are revoked: `i247 keys request FR` requests new ones" in output
    assert "WARNING" not in output
