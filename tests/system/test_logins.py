"""Who may log in to a mesh that is tried out: which roles there are, what each may do, and how a new one comes."""

from pathlib import Path

import pytest

from deploy.home import Home
from deploy.logins import demo_logins
from deploy.provision import Provisioner, load_demo_passwords
from gateway.officers import Officer, Officers, load_officers, save_officers
from shared.bureaus import SECRETARIAT, BureauCode
from shared.clock import FixedClock
from shared.identity import ORDINARY_PURPOSES, PURPOSE_SCOPES
from shared.service import Service
from tests.conftest import NOW

FRANCE = BureauCode("FR")
SERVICES = (
    Service("tests", "notices", "Records.", verbs=("read", "write", "review", "decide")),
    Service("tests", "messages", "No records."),
    Service("tests", "subject-requests", "The Commission's."),
)
ORDINARY = {PURPOSE_SCOPES[purpose] for purpose in ORDINARY_PURPOSES}
OF_ALL_OFFICERS = {"notices:read", "notices:write", "messages:read", "messages:write", "audit:read"}


def scopes_of(bureau: BureauCode) -> dict[str, set[str]]:
    return {login.id: {*login.scopes} for login in demo_logins(bureau, "", SERVICES)}


def test_an_officer_may_do_all_but_what_is_of_the_secretariat_or_of_the_commission() -> None:
    """For every purpose but the Commission's; his bureau's program the same."""
    france, secretariat = scopes_of(FRANCE), scopes_of(SECRETARIAT)
    assert france["fr.officer"] == france["fr.system"] == OF_ALL_OFFICERS | ORDINARY
    assert secretariat["ipsg.officer"] == OF_ALL_OFFICERS | ORDINARY | {"notices:review"}


def test_an_auditor_may_read_the_audit_logs_and_nothing_else() -> None:
    """Every bureau has one; without a purpose he could ask for nothing."""
    for bureau in (FRANCE, SECRETARIAT):
        scopes, name = scopes_of(bureau), bureau.lower()
        assert scopes[f"{name}.auditor"] == scopes[f"{name}.auditor-system"]
        assert scopes[f"{name}.auditor"] == {"audit:read", "purpose:crime-analysis"}


def test_the_commission_decides_in_the_secretariat_alone() -> None:
    """It reads and decides on records, not on messages, and may state no other purpose."""
    secretariat = scopes_of(SECRETARIAT)
    operations = {"notices:read", "notices:decide", "subject-requests:read", "subject-requests:write", "audit:read"}
    assert secretariat["ipsg.ccf"] == operations | {"purpose:data-subject-request"}
    assert secretariat["ipsg.ccf"] == secretariat["ipsg.ccf-system"]
    assert not [login for login in scopes_of(FRANCE) if "ccf" in login]


def test_every_login_has_a_purpose_that_it_may_use() -> None:
    """So that its requests need not state one."""
    for login in (*demo_logins(FRANCE, "", SERVICES), *demo_logins(SECRETARIAT, "", SERVICES)):
        assert login.purpose is not None
        assert PURPOSE_SCOPES[login.purpose] in login.scopes


class Provisioned:
    """A state directory that is provisioned for France, as often as wanted."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder / "home")
        self.home.open()

    def provision(self) -> dict[str, Officer]:
        """Provision once more and return the officers by id."""
        Provisioner(self.home, FixedClock(NOW)).provision([FRANCE], SERVICES)
        return {officer.id: officer for officer in load_officers(self.home.officers)}


@pytest.fixture
def provisioned(tmp_path: Path) -> Provisioned:
    """Return a state directory without anything in it."""
    return Provisioned(tmp_path)


async def test_a_state_directory_of_an_older_program_gets_the_roles_and_scopes_of_today(
    provisioned: Provisioned,
) -> None:
    """What is there stays: the password, a purpose that was chosen, and officers that are nobody's demonstration."""
    made = provisioned.provision()
    older = Officer(
        id="fr.officer",
        bureau=FRANCE,
        kind="officer",
        password_hash=made["fr.officer"].password_hash,
        scopes=("notices:read",),
        purpose=ORDINARY_PURPOSES[0],
    )
    own = Officer(id="durand", bureau=FRANCE, kind="officer", password_hash="", scopes=("notices:read",))
    save_officers(provisioned.home.officers, [older, own])
    today = provisioned.provision()
    assert today.keys() == {*made, "durand"} - {login for login in made if login.startswith("ipsg.")}
    assert today["durand"] == own
    assert today["fr.officer"].purpose == older.purpose
    assert today["fr.officer"].scopes == made["fr.officer"].scopes
    password = load_demo_passwords(provisioned.home)[FRANCE]
    officers = Officers(today.values(), FixedClock(NOW))
    for login in ("fr.officer", "fr.auditor"):
        assert await officers.authenticate(login, password, "officer") is not None


def test_to_provision_again_changes_nothing(provisioned: Provisioned) -> None:
    """Not a byte of the file of officers."""
    provisioned.provision()
    before = provisioned.home.officers.read_bytes()
    provisioned.provision()
    assert provisioned.home.officers.read_bytes() == before
