"""Participants make their own keys: the exchange between their machine and the Secretariat's, and its refusals."""

import pytest

from deploy.provisioning.participant_keys import ParticipantKeys
from deploy.state.directory_file import load_directory
from gateway.auth.accounts import officers_in
from gateway.witness.directory_rules import History, false_entries, unvouched
from shared.clock import SystemClock
from shared.protocol.key_request import make_request, read_request
from shared.rpc.keyring import KeyRing
from shared.standing import MEMBER
from tests.system.machines import Machine, MakeMachine, admit, fingerprint_in, secrets_in


def test_the_secretariat_makes_only_its_own_keys_and_those_of_the_broker(secretariat: Machine) -> None:
    """Those of the broker: operator, system user and relay."""
    made = {str(file.relative_to(secretariat.home.secrets)) for file in secretariat.home.secrets.rglob("*.[pnk]*")}
    participants = {"signing/IPSG.pem", "sealing/IPSG.key", "nats/IPSG.nk"}
    broker = {"nats/operator.nk", "nats/system.nk", "nats/relay.nk"}
    assert made - {"token.pem"} == {"root.pem"} | participants | broker
    assert [entry.participant for entry in load_directory(secretariat.home).entries()] == ["IPSG"]


@pytest.mark.thorough
def test_the_secretariat_has_only_officers_created_by_command(secretariat: Machine) -> None:
    """It stores no password of them, as any machine that is not a demonstration."""
    assert not secretariat.home.officers.exists()
    secretariat.run("officer", "IPSG", "--officer", "auditor")
    assert "is not kept here" in secretariat.refusal("officer", "IPSG", "--officer", "auditor")
    made = {officer.id for officer in officers_in(secretariat.home.officers)}
    assert made == {"ipsg.auditor", "ipsg.auditor-system"}
    assert "CCF is not in this mesh" in secretariat.refusal("officer", "IPSG", "--officer", "ccf")
    secretariat.run("provision", "--secretariat")
    assert not secretariat.home.demo_passwords.exists()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["FR", "notices"])
def test_no_private_key_leaves_its_machine(secretariat: Machine, france: Machine, name: str) -> None:
    """A bureau and a service are entered, and the Secretariat's machine holds no byte of their secrets."""
    admit(secretariat, france, name)
    [entry] = load_directory(france.home).entries_of(name)
    assert entry.kid in {key.kid for key in france.home.keys_of(name).signing}
    theirs = [file.read_bytes() for file in secretariat.home.path.rglob("*") if file.is_file()]
    theirs.append((secretariat.home.path.parent / f"{name}.request").read_bytes())
    own = secrets_in(france.home)
    assert len(own) == (3 if name == "FR" else 2)
    assert not [secret for secret in own if any(secret in each for each in theirs)]


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_a_request_countersigned_by_a_revoked_key_is_refused(secretariat: Machine, france: Machine) -> None:
    """Also one that was made before the revocation; the bureau gets another NKEY."""
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


@pytest.mark.thorough
def test_a_stolen_key_in_force_has_the_thiefs_keys_entered(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """It vouches for them, so no fingerprint is required; the bureau, which does not hold them, raises an alarm."""
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


@pytest.mark.thorough
def test_a_request_of_a_suspended_bureau_needs_readmission(secretariat: Machine, france: Machine) -> None:
    """The command that approves must state it."""
    admit(secretariat, france, "FR")
    secretariat.run("bureaus", "suspend", "FR")
    france.run("keys", "install", secretariat.home.directory)
    approve = ["keys", "approve", "FR.request", "--fingerprint", fingerprint_in(france.run("keys", "request", "FR"))]
    assert "FR is suspended: approve with --readmit" in secretariat.refusal(*approve)
    secretariat.run(*approve, "--readmit")
    assert load_directory(secretariat.home).stated_standing("FR") == MEMBER


@pytest.mark.thorough
@pytest.mark.parametrize("command", [["provision"], ["provision", "--secretariat"]])
def test_provisioning_on_the_machine_of_a_bureau_is_refused(
    secretariat: Machine, france: Machine, command: list[str]
) -> None:
    """It makes neither keys of others nor a configuration of a broker there."""
    admit(secretariat, france, "FR")
    before = secrets_in(france.home)
    assert "`i247 keys request`" in france.refusal(*command)
    assert secrets_in(france.home) == before
    assert not france.home.nats_configuration.exists()


@pytest.mark.thorough
def test_records_are_seeded_only_on_the_machine_of_the_service(
    secretariat: Machine, france: Machine, machine: MakeMachine
) -> None:
    """On the machine of a bureau they would be in a store that no process reads."""
    service = machine("notices")
    admit(secretariat, service, "notices")
    admit(secretariat, france, "FR")
    service.run("keys", "install", secretariat.home.directory)
    seed = ["seed", "--service", "notices", "--records", "1"]
    assert "notices has its keys and its store elsewhere" in france.refusal(*seed)
    assert list(france.home.stores.iterdir()) == []
    service.run(*seed)
    assert (service.home.stores / "notices.db").exists()


def test_a_bureau_is_not_added_by_a_secretariat_that_hosts_no_members(secretariat: Machine) -> None:
    """The Secretariat would hold the keys of the new member, and host it at its own gateway."""
    assert "run `i247 keys request ZA` there" in secretariat.refusal("bureaus", "add", "ZA")
    assert secretariat.home.key_numbers("ZA") == []


def test_a_secretariat_that_lost_its_keys_requests_new_ones(secretariat: Machine) -> None:
    """The root key enters them as those of any participant."""
    secretariat.home.signing_key("IPSG").unlink()
    fingerprint = fingerprint_in(secretariat.run("keys", "request", "IPSG"))
    secretariat.run("keys", "approve", "IPSG.request", "--fingerprint", fingerprint)
    assert len(load_directory(secretariat.home).entries_of("IPSG")) == 2


def test_a_state_directory_may_start_with_an_empty_broker_folder(machine: MakeMachine) -> None:
    """As where that is a volume of its own; one with files in it is refused."""
    made, other = machine("made"), machine("other")
    for each in (made, other):
        each.home.broker.mkdir(parents=True)
    made.run("provision", "--secretariat")
    (other.home.broker / "nats-server.conf").write_text("{}")
    assert "holds files that are not a mesh's state" in other.refusal("provision", "--secretariat")


@pytest.mark.thorough
def test_a_bureau_with_its_own_keys_is_not_added_by_the_secretariat(secretariat: Machine, france: Machine) -> None:
    """Neither a member nor a suspended one, which only a request of the bureau readmits."""
    admit(secretariat, france, "FR")
    assert "FR has its keys and its gateway elsewhere" in secretariat.refusal("bureaus", "add", "FR")
    assert "`i247 keys approve --readmit`" in secretariat.run("bureaus", "suspend", "FR")
    assert "FR has its keys and its gateway elsewhere" in secretariat.refusal("bureaus", "add", "FR")
    assert secretariat.home.key_numbers("FR") == []
