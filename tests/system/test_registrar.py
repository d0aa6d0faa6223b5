"""Changes of keys in the state directory of the Secretariat: which are made, ended and kept."""

from datetime import timedelta
from pathlib import Path

import pytest

from deploy.broker.nkeys import public_nkey
from deploy.provisioning.provision import Provisioner, issue_keys
from deploy.provisioning.registrar import Registrar
from deploy.state.directory_file import load_directory, load_root
from deploy.state.state_dir import StateDir
from gateway.sandbox.counterparts.models import MAX_CLOCK_MINUTES
from shared.bureaus import BureauCode
from shared.clock import FixedClock
from shared.crypto.ed25519 import SigningKey
from shared.protocol.directory_entry import Entry
from shared.protocol.envelope import EnvelopeRefused
from shared.protocol.key_request import RequestRefused
from shared.service import Service
from shared.standing import MEMBER, BureauStanding, Measure
from tests.conftest import NOW

FRANCE = BureauCode("FR")
SERVICES = (Service("tests", "notices", "A service for tests."),)
DAY = timedelta(days=1)


class Secretariat:
    """A provisioned state directory, and its clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(NOW)
        self.home = StateDir(folder / "home")
        self.home.open()
        self.provision()

    def provision(self) -> None:
        """Make the missing keys and entries."""
        Provisioner(self.home, self.clock).provision([FRANCE], SERVICES)

    def registrar(self) -> Registrar:
        """Return a registrar, with the clock advanced by a minute."""
        self.clock.advance(timedelta(minutes=1))
        return Registrar(self.home, self.clock, load_root(self.home))

    def rotate(self, registrar: Registrar, overlap: timedelta) -> Entry:
        """Make new keys of France, and approve its request."""
        return issue_keys(self.home, self.clock, registrar, FRANCE, "bureau", overlap)

    def sign(self, registrar: Registrar) -> None:
        """Sign the drafts with the root key."""
        registrar.sign(SigningKey.load(self.home.root_key))

    def entries(self, participant: str = "FR") -> list[Entry]:
        """Return the saved entries of a participant, the newest first."""
        return load_directory(self.home).entries_of(participant)

    def nkey(self, participant: str = "FR") -> str:
        """Return the public NKEY of the stored seed."""
        return public_nkey(self.home.nats_seed(participant))

    def valid_kids(self) -> list[str]:
        """Return the keys of France that are valid now."""
        return [entry.kid for entry in self.entries() if entry.valid_at(self.clock.now().timestamp())]


@pytest.fixture
def secretariat(tmp_path: Path) -> Secretariat:
    """Return a Secretariat with one member and one service."""
    return Secretariat(tmp_path)


def test_a_bureau_has_a_sealing_key_and_a_service_has_none(secretariat: Secretariat) -> None:
    """The entry names the public part of the key in the file."""
    [entry] = secretariat.entries()
    [sealing] = secretariat.home.keys_of("FR").sealing
    announced = entry.sealing_public_key()
    assert announced is not None
    assert announced.kid == sealing.kid
    assert secretariat.home.sealing_key("FR").stat().st_mode & 0o777 == 0o600
    assert secretariat.entries("notices")[0].sealing_public_key() is None
    assert not secretariat.home.sealing_key("notices").exists()


def test_the_first_keys_of_a_sandbox_are_valid_by_a_clock_that_is_a_day_behind(tmp_path: Path) -> None:
    """As the clock of a counterpart may be; with a later key such a bureau signs with the one before."""
    home, clock = StateDir(tmp_path / "sandbox"), FixedClock(NOW)
    home.open()
    home.mark_sandbox()
    directory = Provisioner(home, clock).provision([FRANCE], SERVICES)
    behind = (NOW - timedelta(minutes=MAX_CLOCK_MINUTES)).timestamp()
    assert {entry.participant for entry in directory.entries() if entry.valid_at(behind)} == {"FR", "IPSG", "notices"}
    [first] = directory.entries_of("FR")
    registrar = Registrar(home, clock, load_root(home))
    issue_keys(home, clock, registrar, FRANCE, "bureau", timedelta(0))
    assert [entry.kid for entry in registrar.entries_of("FR") if entry.valid_at(behind)] == [first.kid]


def test_provisioning_again_changes_no_entries(secretariat: Secretariat) -> None:
    """However much later."""
    before = secretariat.home.directory.read_bytes()
    secretariat.clock.advance(DAY)
    secretariat.provision()
    assert secretariat.home.directory.read_bytes() == before


def test_a_lost_nkey_seed_is_replaced_by_new_keys(secretariat: Secretariat) -> None:
    """The remaining key countersigns, and the entry names the new NKEY, so that the broker admits the bureau."""
    [before] = secretariat.entries()
    secretariat.home.nats_seed("FR").unlink()
    secretariat.clock.advance(DAY)
    secretariat.provision()
    after, _ = secretariat.entries()
    assert after.nats_user == secretariat.nkey() != before.nats_user
    assert after.countersigned is not None
    assert after.countersigned.kid == before.kid


def test_provisioning_makes_no_keys_for_a_bureau_that_holds_its_own(secretariat: Secretariat) -> None:
    before = secretariat.home.directory.read_bytes()
    secretariat.home.signing_key("FR").unlink()
    secretariat.provision()
    assert secretariat.home.directory.read_bytes() == before
    assert not secretariat.home.signing_key("FR").exists()


def test_a_rotation_makes_new_keys_and_ends_the_old_ones_after_the_overlap(secretariat: Secretariat) -> None:
    """Both are valid during the overlap; the NKEY stays the same."""
    registrar, [old], nkey = secretariat.registrar(), secretariat.entries(), secretariat.nkey()
    new = secretariat.rotate(registrar, DAY)
    secretariat.sign(registrar)
    at_hand = secretariat.home.keys_of("FR")
    assert {key.kid for key in at_hand.signing} == {old.kid, new.kid}
    assert len({key.kid for key in at_hand.sealing}) == 2
    assert (new.nats_user, secretariat.nkey()) == (nkey, nkey)
    assert secretariat.valid_kids() == [new.kid, old.kid]
    secretariat.clock.advance(DAY + timedelta(seconds=1))
    assert secretariat.valid_kids() == [new.kid]


def test_a_rotation_does_not_extend_the_validity_of_a_key(secretariat: Secretariat) -> None:
    """One that ends within the overlap keeps its end."""
    registrar = secretariat.registrar()
    secretariat.rotate(registrar, timedelta(hours=1))
    secretariat.rotate(registrar, DAY)
    ends = [entry.not_after - NOW.timestamp() - 60 for entry in registrar.entries_of("FR")]
    assert sorted(ends)[:2] == [3_600, 86_400]


def test_a_revocation_ends_all_keys_including_expired_ones(secretariat: Secretariat) -> None:
    """No entry admits the old NKEY any longer; signatures made before can still be verified."""
    registrar = secretariat.registrar()
    secretariat.rotate(registrar, timedelta())
    secretariat.clock.advance(DAY)
    assert len(registrar.revoke("FR")) == 2
    secretariat.sign(registrar)
    assert [entry.revoked_at for entry in secretariat.entries()] == [secretariat.clock.now().timestamp()] * 2
    assert registrar.revoke("FR") == []
    book, first = load_directory(secretariat.home), secretariat.entries()[1]
    assert book.key_of("FR", first.kid, NOW.timestamp(), NOW.timestamp()).kid == first.kid
    with pytest.raises(EnvelopeRefused, match="revoked"):
        book.key_of("FR", first.kid, NOW.timestamp(), secretariat.clock.now().timestamp())


def test_a_rotation_after_a_revocation_makes_a_new_nkey(secretariat: Secretariat) -> None:
    """The old one may be stolen."""
    registrar, nkey = secretariat.registrar(), secretariat.nkey()
    registrar.revoke("FR")
    new = secretariat.rotate(registrar, DAY)
    assert new.nats_user == secretariat.nkey() != nkey
    assert {entry.nats_user for entry in registrar.entries_of("FR") if entry.revoked_at is None} == {new.nats_user}


def test_a_suspended_bureau_is_readmitted_only_with_new_keys(secretariat: Secretariat) -> None:
    """Provisioning, as at each start, does not readmit it."""
    registrar = secretariat.registrar()
    measure = Measure(reason="access", since=NOW.timestamp())
    registrar.set_standing("FR", BureauStanding("suspended", measure))
    secretariat.sign(registrar)
    assert registrar.directory.stated_standing("FR") == BureauStanding("suspended", measure)
    assert registrar.directory.members(secretariat.clock.now()) == ["IPSG"]
    secretariat.provision()
    assert secretariat.valid_kids() == []
    registrar = secretariat.registrar()
    new = secretariat.rotate(registrar, DAY)
    secretariat.sign(registrar)
    book = load_directory(secretariat.home)
    assert book.stated_standing("FR") == MEMBER
    assert secretariat.valid_kids() == [new.kid]
    assert book.sealing_key_of("FR", secretariat.clock.now()) is not None


@pytest.mark.parametrize("change", ["rotate", "revoke", "renew"])
def test_a_measure_holds_whatever_happens_to_the_keys(secretariat: Secretariat, change: str) -> None:
    """The last issued entry states the standing, whichever key it is of."""
    supervised = BureauStanding("supervised", Measure(reason="compliance", since=NOW.timestamp()))
    registrar = secretariat.registrar()
    [old] = registrar.set_standing("FR", supervised)
    secretariat.rotate(registrar, DAY)
    secretariat.sign(registrar)
    assert secretariat.valid_kids()[1:] == [old.kid]
    registrar = secretariat.registrar()
    {
        "rotate": lambda: secretariat.rotate(registrar, timedelta()),
        "revoke": lambda: registrar.revoke("FR"),
        "renew": lambda: registrar.renew(registrar.entries_of("FR")[-1]),
    }[change]()
    secretariat.sign(registrar)
    assert load_directory(secretariat.home).stated_standing("FR") == supervised


def test_a_measure_that_is_over_is_not_stated_again(secretariat: Secretariat) -> None:
    """Not even a suspension, after which new keys need no readmission."""
    over = Measure(reason="access", since=NOW.timestamp(), until=(NOW + DAY).timestamp())
    registrar = secretariat.registrar()
    registrar.set_standing("FR", BureauStanding("suspended", over))
    secretariat.sign(registrar)
    secretariat.clock.advance(2 * DAY)
    registrar = secretariat.registrar()
    secretariat.rotate(registrar, DAY)
    secretariat.sign(registrar)
    assert load_directory(secretariat.home).stated_standing("FR") == MEMBER


def test_a_key_file_without_an_entry_is_never_used(secretariat: Secretariat) -> None:
    """An interrupted change leaves one; the next change makes a new key."""
    orphan = SigningKey.generate()
    orphan.save(secretariat.home.signing_key("FR", 2))
    secretariat.provision()
    registrar = secretariat.registrar()
    new = secretariat.rotate(registrar, DAY)
    assert orphan.kid not in {entry.kid for entry in registrar.entries_of("FR")}
    assert SigningKey.load(secretariat.home.signing_key("FR", 3)).kid == new.kid


def test_a_change_after_the_clock_was_set_back_takes_effect(secretariat: Secretariat) -> None:
    """An entry that is issued later supersedes, whatever the clock says."""
    registrar = secretariat.registrar()
    secretariat.rotate(registrar, DAY)
    secretariat.clock.step(-2 * DAY)
    secretariat.rotate(registrar, timedelta(hours=1))
    ends = sorted(entry.not_after for entry in registrar.entries_of("FR"))
    assert ends[0] == ends[1] == secretariat.clock.now().timestamp() + 3_600


@pytest.mark.parametrize("name", ["fr", "jp", "ipsg", "operator", "relay", "system", "broker", "issuer"])
def test_a_service_named_like_a_bureau_or_a_broker_role_is_refused(
    secretariat: Secretariat, tmp_path: Path, name: str
) -> None:
    """A certificate names both alike: it would be valid with the NKEY of the other."""
    elsewhere, clock = StateDir(tmp_path / "elsewhere"), secretariat.clock
    elsewhere.open()
    with pytest.raises(RequestRefused, match=f"'{name}' is not a valid name of a service"):
        issue_keys(elsewhere, clock, secretariat.registrar(), name, "service", DAY)
